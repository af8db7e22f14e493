package awsconn

import (
	"context"
	"fmt"

	"stint/access"
)

// mostPages is more than any listing of AWS can have (100,000 people in pages of 1).
const mostPages = 100_000

// mostIdle is how often in a row AWS may answer with nothing and the same token again.
const mostIdle = 10

// pages reads a listing to its end.
func pages[T any](ctx context.Context, what string, fetch func(ctx context.Context, token *string) ([]T, *string, error)) ([]T, error) {
	var all []T
	err := walk(ctx, what, "", fetch, func(items []T, _ string) { all = append(all, items...) })
	if err != nil {
		return nil, err
	}
	return all, nil
}

// walk reads the pages of a listing from a token on ("" for the first) to its end. An
// empty page is not the end, only an empty token is. A token that comes back would repeat
// what was read, or go round for ever, so it fails the listing; with an empty page it
// only means that AWS is not further yet.
func walk[T any](ctx context.Context, what, from string, fetch func(ctx context.Context, token *string) ([]T, *string, error), take func(items []T, next string)) error {
	var token *string
	seen := map[string]bool{}
	if from != "" {
		token, seen[from] = &from, true
	}
	idle := 0
	for range mostPages {
		items, next, err := fetch(ctx, token)
		if err != nil {
			return err
		}
		if next == nil || *next == "" {
			take(items, "")
			return nil
		}
		if len(items) == 0 && token != nil && *next == *token && idle < mostIdle {
			idle++
			continue
		}
		idle = 0
		if seen[*next] {
			return &access.ConnectorError{
				Class: access.ClassRetry, Op: "list " + what, Message: fmt.Sprintf("AWS sent the same page of %s twice. Stint tries again by itself.", what),
			}
		}
		seen[*next] = true
		take(items, *next)
		token = next
	}
	return &access.ConnectorError{Class: access.ClassRetry, Op: "list " + what, Message: fmt.Sprintf("AWS never came to the end of its list of %s.", what)}
}

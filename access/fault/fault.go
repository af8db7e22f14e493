// Package fault is the one error type of Stint.
//
// An error is read by three readers: code asks for its Code, the person in front
// of Slack reads Message and Hint, the operator reads the chain with its Op. They
// share one type so that no layer has to match on another layer's text. It sits
// below the domain so that policy, identity, catalog and the adapters can all
// return it.
package fault

import (
	"errors"
	"fmt"
	"strings"
)

// Code says what kind of failure it is; callers branch on it and on nothing else.
type Code string

// The codes. One place, bot, maps them to what people see.
const (
	Invalid     Code = "invalid"     // the input is wrong; Message says where, Hint how to mend it
	NotFound    Code = "not_found"   // the record or thing does not exist
	Conflict    Code = "conflict"    // the record is in another state than the caller believed
	Forbidden   Code = "forbidden"   // this person may not do that; trying again does not help
	Unavailable Code = "unavailable" // Slack, AWS, the directory or the store cannot be asked now; try again
	Internal    Code = "internal"    // a defect or an unforeseen answer
)

// Error carries what each reader needs. Message and Hint are sentences for people
// and hold no identifiers that people do not know.
type Error struct {
	Code    Code
	Message string // what is wrong, for people
	Hint    string // the next step, for people
	Field   string // the form field it is about ("account", "role", "duration", "reason"); "" for none
	Op      string // where it happened, for operators: "access.Submit"
	Err     error  // the cause, for operators
}

func (e *Error) Error() string {
	var b strings.Builder
	if e.Op != "" {
		b.WriteString(e.Op + ": ")
	}
	if e.Message != "" {
		b.WriteString(e.Message)
	} else {
		b.WriteString(string(e.Code))
	}
	if e.Hint != "" {
		b.WriteString(" (" + e.Hint + ")")
	}
	if e.Err != nil {
		b.WriteString(": " + e.Err.Error())
	}
	return b.String()
}

func (e *Error) Unwrap() error { return e.Err }

// In returns a copy of e that is about a form field.
func (e *Error) In(field string) *Error {
	c := *e
	c.Field = field
	return &c
}

// New makes an error for people without a cause.
func New(code Code, op, message, hint string) *Error {
	return &Error{Code: code, Op: op, Message: message, Hint: hint}
}

// Newf is New with a formatted message.
func Newf(code Code, op, hint, format string, args ...any) *Error {
	return New(code, op, fmt.Sprintf(format, args...), hint)
}

// Wrap puts where and what kind around a cause. Wrap(nil) is nil.
func Wrap(err error, code Code, op, message, hint string) error {
	if err == nil {
		return nil
	}
	return &Error{Code: code, Op: op, Message: message, Hint: hint, Err: err}
}

// CodeOf finds the code of the outermost Error in the chain; Internal when there is
// none, "" for nil.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return Internal
}

// Is reports whether err has the code.
func Is(err error, code Code) bool { return CodeOf(err) == code }

package slacksim

import "net/http"

type desk struct{}
type view struct{}
type trigger struct{ expired bool }
type responseURL struct{}
type ticket struct{}
type socket struct{}
type delivery struct{}
type bucket struct{}
type message struct{}

func (s *socket) drop()                  {}
func (s *socket) disconnect(string)      {}
func (w *Workspace) emit(map[string]any) {}

// Handler serves Slack: the Web API under /api/, Socket Mode under /link/, response URLs under /hooks/. The
// addresses it hands out are taken from each request's Host.
func (w *Workspace) Handler() http.Handler { return http.NotFoundHandler() }

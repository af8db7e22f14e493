package page

import (
	"embed"
	"io/fs"
	"net/http"
)

//go:embed assets
var embedded embed.FS

// assets serves the page. It is part of the binary, so that nothing is fetched and nothing is built to run it.
func assets() http.Handler {
	files, err := fs.Sub(embedded, "assets")
	if err != nil {
		return http.NotFoundHandler()
	}
	serve := http.FileServerFS(files)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// The files of another start must not be mixed with this one's.
		w.Header().Set("Cache-Control", "no-cache")
		serve.ServeHTTP(w, r)
	})
}

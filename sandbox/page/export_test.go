package page

// Routes lists the calls of the API, for the test that compares them with API.md.
func Routes() []string {
	list := []string{"GET /api/events"}
	for _, r := range (&Server{}).routes() {
		list = append(list, r.method+" "+r.path)
	}
	return list
}

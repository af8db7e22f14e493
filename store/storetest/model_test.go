package storetest_test

import (
	"testing"

	"stint/access"
	"stint/store/storetest"
)

// The model passes the suite, so the two say the same.
func TestModel(t *testing.T) {
	t.Parallel()
	storetest.Run(t, storetest.Harness{
		Open:   func(storetest.TB) access.Store { return storetest.NewModel() },
		Reopen: func(_ storetest.TB, s access.Store) access.Store { return s },
	})
}

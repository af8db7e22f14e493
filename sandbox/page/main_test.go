package page_test

import (
	"testing"

	"go.uber.org/goleak"

	"stint/sandbox/page/pagetest"
)

// chromium is the browser of this package's tests.
var chromium pagetest.Chromium

func TestMain(m *testing.M) { goleak.VerifyTestMain(chromium.Main(m)) }

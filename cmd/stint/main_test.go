package main

import (
	"context"
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"stint/examples"
	"stint/sandbox"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"stint": func() { os.Exit(run(context.Background(), os.Args[1:], streams{os.Stdout, os.Stderr})) },
	})
}

// TestScripts runs the program as people run it, against simulators in this process.
func TestScripts(t *testing.T) {
	t.Parallel()
	box, err := sandbox.Start(context.WithoutCancel(t.Context()), sandbox.Options{Listen: "127.0.0.1:0", Accounts: 12, Roles: 10, People: 20, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = box.Close() })
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(e *testscript.Env) error {
			for _, s := range box.Connect() {
				e.Setenv("BOX_"+s.Name, s.Value)
			}
			e.Setenv("AWS_CONFIG_FILE", os.DevNull)
			e.Setenv("AWS_SHARED_CREDENTIALS_FILE", os.DevNull)
			e.Setenv("AWS_EC2_METADATA_DISABLED", "true")
			return os.WriteFile(e.WorkDir+"/example.yaml", examples.Policy, 0o600)
		},
	})
}

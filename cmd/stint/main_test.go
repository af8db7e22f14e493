package main

import (
	"context"
	"errors"
	"flag"
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"stint/examples"
	"stint/sandbox"
)

var update = flag.Bool("update", false, "write what the scripts compare with anew; look at the diff")

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
		Dir:           "testdata/script",
		UpdateScripts: *update,
		Setup: func(e *testscript.Env) error {
			for _, s := range box.Connect() {
				e.Setenv("BOX_"+s.Name, s.Value)
			}
			e.Setenv("AWS_CONFIG_FILE", os.DevNull)
			e.Setenv("AWS_SHARED_CREDENTIALS_FILE", os.DevNull)
			e.Setenv("AWS_EC2_METADATA_DISABLED", "true")
			saved, err := os.ReadFile("testdata/saved.json")
			if err != nil {
				return err
			}
			return errors.Join(
				os.WriteFile(e.WorkDir+"/example.yaml", examples.Policy, 0o600),
				os.WriteFile(e.WorkDir+"/saved.json", saved, 0o600),
			)
		},
	})
}

package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/rogpeppe/go-internal/testscript"

	"stint/access"
	"stint/access/catalog"
	"stint/access/policy/policyfile"
	"stint/examples"
	"stint/sandbox"
	"stint/sandbox/awssim"
	"stint/store/bolt"
)

var update = flag.Bool("update", false, "write what the scripts compare with anew; look at the diff")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"stint": main})
}

// TestScripts runs the program as people run it, against simulators in this process.
func TestScripts(t *testing.T) {
	t.Parallel()
	script(t, "testdata/script", func(e *testscript.Env, saved []byte) error {
		pipeline, err := pipelineSteps()
		if err != nil {
			return err
		}
		return errors.Join(
			os.WriteFile(e.WorkDir+"/pipeline.sh", pipeline, 0o600),
			storedIn(e.WorkDir+"/stored", saved),
			emptyStore(e.WorkDir+"/unedited"),
		)
	})
}

// script runs a directory of scripts; setup prepares what only they need.
func script(t *testing.T, dir string, setup func(e *testscript.Env, saved []byte) error) {
	t.Helper()
	box, err := sandbox.Start(context.WithoutCancel(t.Context()), sandbox.Options{Listen: "127.0.0.1:0", Accounts: 12, Roles: 10, People: 20, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = box.Close() })
	// How fast AWS answers is not what is looked at here.
	if err := box.AWS().SetTuning(func(x *awssim.Tuning) {
		x.SSOAdminRate, x.IdentityStoreRate, x.OrganizationsRate, x.TaggingRate = 0, 0, 0, 0
	}); err != nil {
		t.Fatal(err)
	}
	cmds := databases(t)
	cmds["hold"], cmds["led"] = hold, led
	testscript.Run(t, testscript.Params{
		Dir:           dir,
		UpdateScripts: *update,
		Cmds:          cmds,
		Setup: func(e *testscript.Env) error {
			for _, s := range box.Connect() {
				e.Setenv("BOX_"+s.Name, s.Value)
			}
			e.Setenv("AWS_CONFIG_FILE", os.DevNull)
			e.Setenv("AWS_SHARED_CREDENTIALS_FILE", os.DevNull)
			e.Setenv("AWS_EC2_METADATA_DISABLED", "true")
			// A program under the race detector sleeps a second before it ends, and the scripts
			// run two hundred of them.
			e.Setenv("GORACE", "atexit_sleep_ms=0")
			saved, err := os.ReadFile("testdata/saved.json")
			if err != nil {
				return err
			}
			return errors.Join(
				os.WriteFile(e.WorkDir+"/example.yaml", examples.Policy, 0o600),
				os.WriteFile(e.WorkDir+"/saved.json", saved, 0o600),
				setup(e, saved),
			)
		},
	})
}

// pipelineSteps is what the example's pipeline runs on every change, but for git.
func pipelineSteps() ([]byte, error) {
	var pipeline struct {
		Jobs map[string]struct {
			Steps []struct{ Run string }
		}
	}
	raw, err := os.ReadFile("../../examples/policy-pipeline.yaml")
	if err != nil {
		return nil, err
	}
	if err := yaml.Unmarshal(raw, &pipeline); err != nil {
		return nil, err
	}
	var script []byte
	for _, step := range pipeline.Jobs["policy"].Steps {
		if !strings.HasPrefix(step.Run, "git ") {
			script = append(script, step.Run+"\n"...)
		}
	}
	return script, nil
}

// hold keeps the store of a directory open until the script ends, as a bot does.
func hold(ts *testscript.TestScript, _ bool, args []string) {
	db, err := openStore(ts.MkAbs(args[0]))
	ts.Check(err)
	ts.Defer(func() { _ = db.Close() })
}

// emptyStore makes the store of a bot that has done nothing yet.
func emptyStore(dir string) error {
	db, err := bolt.Open((&settings{Data: dir}).storePath(), bolt.Options{NoSync: true})
	if err != nil {
		return err
	}
	return db.Close()
}

// storedIn makes the data directory of a bot, as fillStore says. Beside it lies a backup.
func storedIn(dir string, saved []byte) (err error) {
	db, err := bolt.Open((&settings{Data: dir}).storePath(), bolt.Options{NoSync: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := fillStore(db, saved); err != nil {
		return err
	}
	backup, err := os.Create(dir + ".backup")
	if err != nil {
		return err
	}
	return errors.Join(db.Backup(context.Background(), backup), backup.Close())
}

// fillStore makes the store of a bot that has read the saved organization, by the example's
// policy, and decided three requests a few days ago.
func fillStore(db store, saved []byte) error {
	ctx := context.Background()
	var s savedCatalog
	if err := json.Unmarshal(saved, &s); err != nil {
		return err
	}
	packed, err := catalog.Encode(&s.Catalog)
	if err != nil {
		return err
	}
	f, _ := policyfile.Parse("example.yaml", examples.Policy)
	if _, err := access.ImportPolicy(ctx, db, f.Spec, access.Actor{Name: "Carol Lindqvist"}, "To begin with", time.Now()); err != nil {
		return err
	}
	return db.Update(ctx, func(tx access.Tx) error {
		for _, r := range askedLately() {
			if err := tx.PutRequest(r); err != nil {
				return err
			}
		}
		return errors.Join(tx.PutBlob(blobCatalog, packed), tx.PutBlob(blobFacts, s.Facts))
	})
}

// askedLately are requests of saved.json's people, the last too old to be looked at.
func askedLately() (all []access.Request) {
	ask := func(id string, days int, person, account, role string, d time.Duration) {
		who := access.Actor{Person: catalog.PersonID(person)}
		at := time.Now().AddDate(0, 0, -days)
		all = append(all, access.Request{
			ID: access.RequestID(id), Version: 1, State: access.Approved, FormKey: id, Asker: who, Receiver: who,
			Entitlements: []access.Entitlement{{Account: catalog.AccountID(account), Role: catalog.RoleARN("arn:aws:sso:::permissionSet/ssoins-1/" + role)}},
			Duration:     d, Reason: "INC-1 look at the logs", SubmittedAt: at, CheckedAt: at, DecidedAt: at, ExpiresAt: at,
		})
	}
	ask("R3", 2, "p-alice", "100000000006", "ps-power", time.Hour)
	ask("R2", 3, "p-alice", "100000000001", "ps-read", time.Hour)
	ask("R1", 4, "p-bob", "100000000001", "ps-admin", 2*time.Hour)
	ask("R0", 100, "p-bob", "100000000001", "ps-admin", 2*time.Hour)
	return all
}

package awssim_test

import (
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"stint/sandbox/awssim"
)

func TestGenerateIsRepeatable(t *testing.T) {
	t.Parallel()
	o := awssim.GenerateOptions{Accounts: 60, Roles: 130, People: 200, Seed: 3, DelegatedAdmin: true}
	if d := cmp.Diff(awssim.Generate(o), awssim.Generate(o)); d != "" {
		t.Error(d)
	}
	o.Seed = 4
	if awssim.Generate(o).InstanceARN == awssim.Generate(awssim.GenerateOptions{Seed: 3}).InstanceARN {
		t.Error("another seed made the same instance")
	}
}

func TestGenerateSmall(t *testing.T) {
	t.Parallel()
	org := awssim.Generate(awssim.GenerateOptions{})
	if len(org.Accounts) != 12 || len(org.PermissionSets) != 10 || len(org.Users) != 12 {
		t.Errorf("%d accounts, %d permission sets, %d users", len(org.Accounts), len(org.PermissionSets), len(org.Users))
	}
	for _, o := range []awssim.GenerateOptions{{Accounts: 1, Roles: 1, People: 1}, {Accounts: 2, Roles: 11, People: 13}, {Accounts: 13, Roles: 600, People: 60}} {
		c, err := awssim.New(awssim.Config{Organization: awssim.Generate(o)})
		if err != nil {
			t.Errorf("%+v: %v", o, err)
			continue
		}
		got := c.Snapshot()
		if len(got.Accounts) != o.Accounts || len(got.PermissionSets) != o.Roles || len(got.Users) != o.People {
			t.Errorf("%+v: %d accounts, %d permission sets, %d users", o, len(got.Accounts), len(got.PermissionSets), len(got.Users))
		}
	}
}

// TestGenerateLarge: New itself refuses ids, names and addresses that repeat.
func TestGenerateLarge(t *testing.T) {
	// Not parallel: it measures memory.
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	c, err := awssim.New(awssim.Config{Organization: awssim.Generate(awssim.GenerateOptions{Accounts: 10_000, Roles: 500, People: 30_000})})
	if err != nil {
		t.Fatal(err)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if mib := float64(after.HeapAlloc-before.HeapAlloc) / (1 << 20); mib > 128 {
		t.Errorf("holds %.0f MiB", mib)
	} else {
		t.Logf("holds %.0f MiB", mib)
	}
	org := c.Snapshot()
	if len(org.Accounts) != 10_000 || len(org.PermissionSets) != 500 || len(org.Users) != 30_000 || len(org.OUs) > 200 {
		t.Errorf("%d accounts, %d permission sets, %d users, %d OUs", len(org.Accounts), len(org.PermissionSets), len(org.Users), len(org.OUs))
	}
	names := map[string]bool{}
	for _, a := range org.Accounts {
		if names[a.Name] || len(a.Name) > 50 || len(a.Email) > 64 {
			t.Fatalf("account name %q repeats or is too long", a.Name)
		}
		names[a.Name] = true
	}
	for _, p := range org.PermissionSets {
		if names[p.Name] {
			t.Fatalf("permission set %q repeats", p.Name)
		}
		names[p.Name] = true
	}
}

func BenchmarkGenerateLarge(b *testing.B) {
	for b.Loop() {
		if _, err := awssim.New(awssim.Config{Organization: awssim.Generate(awssim.GenerateOptions{Accounts: 10_000, Roles: 500, People: 30_000})}); err != nil {
			b.Fatal(err)
		}
	}
}

func TestSeedsThatContradictThemselves(t *testing.T) {
	t.Parallel()
	for want, spoil := range map[string]func(*awssim.Organization){
		"account id \"12\"":        func(o *awssim.Organization) { o.Accounts[1].ID = "12" },
		"is there twice":           func(o *awssim.Organization) { o.Accounts[1].ID = o.Accounts[2].ID },
		"parent \"ou-none\"":       func(o *awssim.Organization) { o.Accounts[1].ParentID = "ou-none" },
		"or comes after it":        func(o *awssim.Organization) { o.OUs[0], o.OUs[2] = o.OUs[2], o.OUs[0] },
		"permission set ARN":       func(o *awssim.Organization) { o.PermissionSets[0].ARN = "arn" },
		"name \"two words\"":       func(o *awssim.Organization) { o.PermissionSets[0].Name = "two words" },
		"want 1h to 12h":           func(o *awssim.Organization) { o.PermissionSets[0].SessionDuration = 13 * time.Hour },
		"user id \"ben\"":          func(o *awssim.Organization) { o.Users[0].ID = "ben" },
		"is empty or taken":        func(o *awssim.Organization) { o.Users[0].UserName = strings.ToUpper(o.Users[1].UserName) },
		"group id \"sre\"":         func(o *awssim.Organization) { o.Groups[0].ID = "sre" },
		"unknown group":            func(o *awssim.Organization) { o.Memberships[0].GroupID = "none" },
		"unknown account \"none\"": func(o *awssim.Organization) { o.Assignments[0].AccountID = "none" },
		"unknown USER":             func(o *awssim.Organization) { o.Assignments[0].PrincipalType = awssim.PrincipalUser },
		"is named but not among":   func(o *awssim.Organization) { o.DelegatedAdminAccountID = "333333333333" },
		"InstanceARN":              func(o *awssim.Organization) { o.InstanceARN = "x" },
		"role name \"a b\"":        func(o *awssim.Organization) { o.Accounts[1].Roles = []awssim.IAMRole{{Name: "a b"}} },
		"role r: trust: policy":    func(o *awssim.Organization) { o.Accounts[1].Roles = []awssim.IAMRole{{Name: "r", Trust: "x"}} },
		"principal p: policy": func(o *awssim.Organization) {
			o.Principals = []awssim.Principal{{AccountID: o.Accounts[0].ID, Name: "p", Policy: "x"}}
		},
		"principal q: unknown account": func(o *awssim.Organization) { o.Principals = []awssim.Principal{{AccountID: "1", Name: "q"}} },
	} {
		org := awssim.Generate(awssim.GenerateOptions{})
		spoil(org)
		if _, err := awssim.New(awssim.Config{Organization: org}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	bad := awssim.Tuning{}
	if _, err := awssim.New(awssim.Config{Tuning: &bad}); err == nil {
		t.Error("took a tuning without a slot")
	}
}

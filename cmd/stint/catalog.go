package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/alecthomas/kong"
	"golang.org/x/sync/errgroup"

	"stint/access/catalog"
	"stint/access/policy"
)

// catalogCmd is `stint catalog`.
type catalogCmd struct {
	Export catalogExportCmd `cmd:"" help:"Save the organization in a file, for policy commands where Slack and AWS cannot be asked."`
	List   catalogListCmd   `cmd:"" help:"List accounts, OUs, roles, people, groups or IAM roles."`
	Show   catalogShowCmd   `cmd:"" help:"Show all that is known of one account, OU, role, person, group or IAM role."`
}

// format is how a command answers.
type format struct {
	Format string `help:"text or json." enum:"text,json" default:"text"`
}

func (f format) json() bool { return f.Format == "json" }

// printJSON writes one value for programs.
func printJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

// catalogExportCmd is `stint catalog export`.
type catalogExportCmd struct {
	Out  string `help:"File to write; standard output when empty." placeholder:"FILE"`
	Data string `help:"Take what the store of this data directory (or of --database-url) holds, instead of asking Slack and AWS. No bot may run on it." placeholder:"DIR"`
	database
	Live    bool          `help:"Ask Slack and AWS, although STINT_DATABASE_URL names a database."`
	Policy  string        `help:"Read the members only of the groups and channels that this policy names, and what the groups bring that it offers. All that can be read when empty." placeholder:"FILE"`
	Timeout time.Duration `help:"How long Slack and AWS may take. Slack tells of about one person a second." default:"10m"`
	connection
}

// Help says what is in the file.
func (catalogExportCmd) Help() string {
	return `The file holds accounts, roles, people and groups of AWS, and Slack's user groups and private channels with their members: names, e-mail addresses and what roles allow, and no secret. It is one JSON object with "version" and "saved_at".`
}

// AfterApply lets a directory that was typed go before a database of the environment.
func (c *catalogExportCmd) AfterApply(k *kong.Context) error { return c.choose(k, c.Data) }

// Run reads, and writes the file whole or not at all.
func (c *catalogExportCmd) Run(ctx context.Context, std streams) error {
	ctx, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	o, err := c.read(ctx)
	if err != nil {
		return err
	}
	defer o.close()
	now := time.Now()
	if c.Out == "" {
		return o.save(std.out, now)
	}
	if err := replaceFile(c.Out, func(w io.Writer) error { return o.save(w, now) }); err != nil {
		return err
	}
	n := o.catalog.Counts()
	fmt.Fprintf(std.err, "%s holds %d accounts, %d roles, %d people and %d groups from %s.\n", c.Out, n.Accounts, n.Roles, n.People, n.Groups, o.said(now))
	return nil
}

func (c *catalogExportCmd) read(ctx context.Context) (*organization, error) {
	if c.Data != "" || c.Database != "" && !c.Live {
		return (&source{Data: c.Data, database: c.database}).fromStore(ctx)
	}
	o, workspace, err := liveOrganization(ctx, &c.connection)
	if err != nil {
		return nil, err
	}
	sources, err := everySource(ctx, workspace, o.catalog)
	if err == nil && c.Policy != "" {
		sources, err = o.sourcesOf(ctx, c.Policy)
	} else if err == nil {
		err = o.readBringsOf(ctx, joinable(o.catalog))
	}
	if err == nil {
		_, err = o.names(ctx) // the lists of groups and channels are part of it
	}
	if err == nil {
		err = c.rest(ctx, o, sources)
	}
	if err != nil {
		o.close()
		return nil, err
	}
	return o, nil
}

// rest reads what takes long side by side: people from Slack, and from AWS what a sync leaves
// out of roles.
func (c *catalogExportCmd) rest(ctx context.Context, o *organization, sources []policy.Source) error {
	var whole *catalog.Catalog
	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() error { return meet(gctx, o.directory, sources) })
	g.Go(func() (err error) {
		whole, err = o.withDetails(gctx, func(*catalog.Role) bool { return true })
		return err
	})
	if err := g.Wait(); err != nil {
		return err
	}
	o.catalog = whole
	return nil
}

// sourcesOf are the sources of people that a policy names.
func (o *organization) sourcesOf(ctx context.Context, path string) ([]policy.Source, error) {
	loaded, err := loadPolicy(ctx, path, o)
	if err != nil {
		return nil, err
	}
	if loaded.policy == nil {
		return nil, loaded.refused()
	}
	return loaded.policy.Sources(), o.readBrings(ctx, loaded.policy)
}

// joinable are the groups whose membership a policy could offer; none where they are more than
// it may offer, because to read what each brings costs a call.
func joinable(c *catalog.Catalog) []catalog.GroupID {
	var out []catalog.GroupID
	for i, groups := 0, c.Groups(); i < len(groups); i++ {
		if groups[i].Ungrantable == "" {
			out = append(out, groups[i].ID)
		}
	}
	if len(out) > policy.MostOffered {
		return nil
	}
	return out
}

// replaceFile writes a file beside the one it replaces, and then takes its place.
func replaceFile(path string, write func(io.Writer) error) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".stint-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(f.Name()) }() // gone already when all went well
	if err := write(f); err != nil {
		_ = f.Close()
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// accountState is what keeps an account or a role from being asked for; "" for nothing.
func accountState(a *catalog.Account) string {
	if a.State != catalog.AccountActive {
		return string(a.State)
	}
	return a.Ungrantable
}

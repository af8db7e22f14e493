package bot

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/slack-go/slack"

	"stint/access"
)

// The ids of the catalog.
const (
	viewCatalog     = "stint.catalog"
	viewCatalogItem = "stint.catalog.item"

	actCatalogKind = "stint.catalog.kind" // + ":" + kind; value: kind, "" for the overview
	actCatalogPage = "stint.catalog.page" // value: page
	actCatalogText = "stint.catalog.text"
	actCatalogShow = "stint.catalog.show" // + ":" + place; value: kind + " " + id
	actCatalogIAM  = "stint.catalog.iam"
	actCatalogMore = "stint.catalog.more" // + ":" + kind; value: kind + " " + what it belongs to

	blockCatalogText = "catalog.text"

	catalogTitle = "Catalog"
)

// catalogMeta is where an admin is in the catalog.
type catalogMeta struct {
	Kind access.CatalogKind `json:"k,omitempty"`
	Text string             `json:"t,omitempty"`
	In   string             `json:"i,omitempty"`
	Page int                `json:"p,omitempty"`
}

func (m catalogMeta) String() string {
	if m.Text = name(m.Text, 100); m.Text == "—" { // bounded, and harmless in a log of the view
		m.Text = ""
	}
	raw, _ := json.Marshal(m) // strings and a number
	return string(raw)
}

func readCatalogMeta(s string) catalogMeta {
	var m catalogMeta
	_ = json.Unmarshal([]byte(s), &m) // an unreadable one is the overview
	return m
}

func (m catalogMeta) query() access.CatalogQuery {
	return access.CatalogQuery{Kind: m.Kind, Text: m.Text, In: m.In, Page: m.Page}
}

// kindName is a kind as its button and its list name it.
func kindName(k access.CatalogKind) (label, one string) {
	switch k {
	case access.KindAccount:
		return "Accounts", "account"
	case access.KindOU:
		return "OUs", "OU"
	case access.KindRole:
		return "Roles", "role"
	case access.KindPerson:
		return "People", "person"
	case access.KindGroup:
		return "Groups", "group"
	case access.KindIAMRole:
		return "IAM roles", "IAM role"
	}
	return "Overview", ""
}

// catalogOverview says what was read from AWS, how old each part is and what is under way.
func catalogOverview(v access.CatalogOverview) slack.ModalViewRequest {
	blocks := []slack.Block{
		section("*What Stint knows of the organization.* Requests and rules go by it, and no form asks AWS."),
		catalogKinds(""), divider(),
	}
	if v.Syncing {
		blocks = append(blocks, section(reading(v.Progress)))
	}
	if v.Problem != "" {
		blocks = append(blocks, section(":x: *The last attempt to read from AWS failed:* "+escName(v.Problem, 600)))
	}
	if len(v.Parts) == 0 {
		blocks = append(blocks, section("Nothing was read yet."))
	}
	for _, p := range v.Parts {
		text := "*" + bold(name(p.Name, 40)) + "*"
		if !p.AsOf.IsZero() {
			text += ": " + thousands(p.Count) + ", read " + when(p.AsOf) + "."
		}
		if p.Note != "" {
			if p.AsOf.IsZero() {
				text += ":"
			}
			text += " " + escName(p.Note, 600)
		}
		if !p.OK {
			text = ":x: " + text
		}
		blocks = append(blocks, section(text))
	}
	if v.IAMRoles {
		blocks = append(blocks, actions(button(actCatalogIAM, "read", "Read IAM roles now", "Read the IAM roles of all accounts from AWS now")))
	}
	view := modal(viewCatalog, catalogTitle, "", "Close", blocks)
	view.PrivateMetadata = catalogMeta{}.String()
	return view
}

// catalogKinds are the ways to the lists; the one that is shown stands out.
func catalogKinds(now access.CatalogKind) slack.Block {
	var bs []*slack.ButtonBlockElement
	for _, k := range []access.CatalogKind{"", access.KindAccount, access.KindOU, access.KindRole, access.KindPerson, access.KindGroup} {
		label, _ := kindName(k)
		b := button(actCatalogKind+":"+string(k), "kind "+string(k), label, "Show "+strings.ToLower(label))
		if k == now {
			primary(b)
		}
		bs = append(bs, b)
	}
	return actions(bs...)
}

// catalogList is a page of one kind.
func catalogList(p access.CatalogPage, m catalogMeta) slack.ModalViewRequest {
	label, one := kindName(m.Kind)
	search := textField{
		block: blockCatalogText, action: actCatalogText, label: "Search", placeholder: catalogHint(m.Kind), value: m.Text, most: 100, optional: true,
	}
	blocks := []slack.Block{catalogKinds(m.Kind)}
	if m.In != "" {
		blocks = append(blocks, section("*"+label+"* of "+escName(firstOf(p.InName, m.In), nameWidth)))
	}
	blocks = append(blocks, search.input(), divider())
	if len(p.Entries) == 0 {
		blocks = append(blocks, small("Nothing fits. Search for something else."))
	}
	for i, e := range p.Entries {
		blocks = append(blocks, catalogLine(i, e))
	}
	if p.Pages > 1 {
		blocks = append(blocks, pager(actCatalogPage, p.Page, p.Pages, 1, label))
	}
	if p.Total > 0 {
		blocks = append(blocks, small(plural(p.Total, one)+"."))
	}
	view := modal(viewCatalog, catalogTitle, "Search", "Close", blocks)
	view.PrivateMetadata = m.String()
	return view
}

func catalogHint(k access.CatalogKind) string {
	switch k {
	case access.KindAccount:
		return "Name, id, OU or tag"
	case access.KindRole:
		return "Name or description"
	case access.KindPerson:
		return "Name, e-mail or id"
	case access.KindIAMRole:
		return "Name, or who may take it on"
	}
	return "Name"
}

func catalogLine(i int, e access.CatalogEntry) slack.Block {
	text := "*" + bold(name(e.Name, nameWidth)) + "*"
	if e.Line != "" {
		text += "\n" + escName(e.Line, 150)
	}
	if e.Trouble != "" {
		text += "\n:no_entry: " + escName(e.Trouble, 150)
	}
	return sectionWith(text, button(catalogAct(actCatalogShow, i), string(e.Kind)+" "+e.ID, "Show", "Show "+name(e.Name, 60)))
}

// catalogItem is all that is known of one thing.
func catalogItem(d access.CatalogDetail) slack.ModalViewRequest {
	_, one := kindName(d.Kind)
	blocks := []slack.Block{section("*" + bold(name(d.Name, 200)) + "*  (" + one + ")")}
	var short []field
	flush := func() {
		if len(short) > 0 {
			blocks = append(blocks, fields(short...))
			short = nil
		}
	}
	for _, f := range d.Fields {
		switch {
		case f.Text != "":
			flush()
			blocks = append(blocks, section("*"+escName(f.Label, 60)+"*"), code(f.Text))
		case len(f.Values) > 0:
			flush()
			blocks = append(blocks, section("*"+escName(f.Label, 60)+"*\n"+catalogValues(f)))
		case len(f.Value) > catalogShort:
			flush()
			blocks = append(blocks, section("*"+escName(f.Label, 60)+"*\n"+escName(f.Value, 1500)))
		default:
			if short = append(short, field{escName(f.Label, 60), catalogValue(f)}); len(short) == maxFields {
				flush()
			}
		}
	}
	flush()
	for i, more := range d.More {
		label, one := kindName(more.Kind)
		blocks = append(blocks, actions(button(catalogAct(actCatalogMore, i), string(more.Kind)+" "+more.In, label+" ("+thousands(more.Count)+")", "Show "+plural(more.Count, one)+" of "+name(d.Name, 40))))
	}
	return modal(viewCatalogItem, catalogTitle, "", "Back", blocks)
}

// catalogShort is how long a value of two columns may be, in bytes.
const catalogShort = 80

func catalogValue(f access.CatalogField) string {
	switch {
	case !f.At.IsZero():
		return when(f.At)
	case f.Slack != "":
		return mention(f.Slack, f.Value) + gap(strings.HasSuffix(f.Value, ", deactivated"), " (deactivated)")
	}
	return escName(f.Value, catalogShort)
}

// catalogValues lists values in one line each.
func catalogValues(f access.CatalogField) string {
	var lines []string
	for _, v := range f.Values {
		lines = append(lines, "• "+escName(v, 120))
	}
	if f.Left > 0 {
		lines = append(lines, "and "+thousands(f.Left)+" more")
	}
	return cutMarkup(strings.Join(lines, "\n"), maxText-100)
}

func gap(is bool, s string) string {
	if is {
		return s
	}
	return ""
}

// catalogAct tells the buttons of one view apart.
func catalogAct(action string, i int) string { return action + ":" + strconv.Itoa(i) }

// catalogTarget reads the value of a button: a kind and an id.
func catalogTarget(value string) (access.CatalogKind, string) {
	kind, id, _ := strings.Cut(value, " ")
	return access.CatalogKind(kind), id
}

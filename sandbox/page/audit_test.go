package page_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// audit looks at everything that is visible: what can be used has a name and is large enough to hit, texts
// stand out from what is behind them, ids that are referred to exist, nothing is wider than its place.
const audit = `(() => {
	const problems = [];
	const told = (n) => n.tagName.toLowerCase() + (n.className?.baseVal === undefined && n.className ? '.' + n.className : '') + ' “' + n.textContent.trim().slice(0, 40) + '”';
	const top = document.querySelector('dialog[open]') ?? document.body;
	const visible = (n) => n.checkVisibility({visibilityProperty: true, opacityProperty: false}) && n.getClientRects().length > 0;

	for (const n of top.querySelectorAll('button, input, textarea, select, a[href], [role=option], [role=tab]')) {
		if (!visible(n)) continue;
		const by = (n.getAttribute('aria-labelledby') ?? '').split(' ').map((id) => document.getElementById(id)?.textContent ?? '').join('');
		const name = n.getAttribute('aria-label') || by || [...(n.labels ?? [])].map((l) => l.textContent).join('') || (n.matches('button, a, [role]') && n.textContent.trim());
		if (!name) problems.push('no name: ' + told(n));
		const r = n.getBoundingClientRect();
		if (n.matches('button') && (r.width < 20 || r.height < 20) && !n.matches('.chip button, .combo-clear, .msg-thread, .msg-reply')) problems.push('too small: ' + told(n));
	}
	for (const n of top.querySelectorAll('[aria-labelledby], [aria-describedby], [aria-controls]')) {
		if (!visible(n)) continue;
		for (const a of ['aria-labelledby', 'aria-describedby', 'aria-controls']) {
			for (const id of (n.getAttribute(a) ?? '').split(' ').filter(Boolean)) if (!document.getElementById(id)) problems.push(a + ' names nothing: ' + told(n));
		}
	}

	const canvas = new OffscreenCanvas(1, 1).getContext('2d', {willReadFrequently: true});
	const known = new Map();
	const rgba = (color) => [...known.get(color) ?? known.set(color, read(color)).get(color)];
	const read = (color) => {
		canvas.clearRect(0, 0, 1, 1);
		canvas.fillStyle = color;
		canvas.fillRect(0, 0, 1, 1);
		const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
		return [r, g, b, a / 255];
	};
	const over = ([r, g, b, a], [R, G, B]) => [r * a + R * (1 - a), g * a + G * (1 - a), b * a + B * (1 - a), 1];
	const behind = (n) => {
		const layers = [];
		for (let x = n; x; x = x.parentElement) layers.push(rgba(getComputedStyle(x).backgroundColor));
		return layers.reverse().reduce((below, layer) => over(layer, below), [255, 255, 255, 1]);
	};
	const light = (c) => {
		const [r, g, b] = c.map((v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
		return 0.2126 * r + 0.7152 * g + 0.0722 * b;
	};
	const walker = document.createTreeWalker(top, NodeFilter.SHOW_TEXT);
	const seen = new Set();
	for (let t = walker.nextNode(); t; t = walker.nextNode()) {
		const n = t.parentElement;
		if (!t.textContent.trim() || seen.has(n) || !visible(n) || n.closest('[disabled], [inert], .sr, option, .emoji')) continue;
		seen.add(n);
		const style = getComputedStyle(n);
		const back = behind(n);
		let opacity = 1;
		for (let x = n; x; x = x.parentElement) opacity *= Number(getComputedStyle(x).opacity);
		if (opacity === 0) continue;
		const color = rgba(style.color);
		color[3] *= opacity;
		const [a, b] = [light(over(color, back)), light(back)].sort((x, y) => y - x);
		const ratio = (a + 0.05) / (b + 0.05);
		const large = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.6 && Number(style.fontWeight) >= 700);
		if (ratio < (large ? 3 : 4.5)) problems.push('contrast ' + ratio.toFixed(2) + ': ' + told(n));
	}

	if (document.documentElement.scrollWidth > innerWidth) problems.push('the page is wider than the window');
	for (const n of document.querySelectorAll('.msgs, .modal-body, .part, .side-scroll, .home, .rail-list')) {
		if (visible(n) && n.scrollWidth > n.clientWidth + 1) problems.push('wider than its place: ' + told(n));
	}
	return [...new Set(problems)];
})()`

// sound audits what is on the page, light and dark.
func (b *browser) sound(where string) {
	b.t.Helper()
	for _, scheme := range []string{"light", "dark"} {
		b.Scheme(scheme)
		b.Until(fmt.Sprintf(`matchMedia('(prefers-color-scheme: %s)').matches`, scheme))
		if problems := js[[]string](b, audit); len(problems) > 0 {
			b.t.Errorf("%s, %s:\n  %s", where, scheme, strings.Join(problems, "\n  "))
		}
	}
	b.Scheme("light")
}

// hostile is a card with what breaks layouts: long words, the other direction, every limit.
func hostile() string {
	long := strings.Repeat("Donaudampfschifffahrtsgesellschaftskapitän", 6)
	return fmt.Sprintf(`[
		{"type":"header","text":{"type":"plain_text","text":%q}},
		{"type":"section","text":{"type":"mrkdwn","text":"%s \u202emoc.elpmaxe\u202c مرحبا بالعالم https://example.com/%s"},
		 "accessory":{"type":"button","action_id":"x","text":{"type":"plain_text","text":%q}}},
		{"type":"section","fields":[{"type":"mrkdwn","text":%q},{"type":"mrkdwn","text":"short"}]},
		{"type":"section","text":{"type":"mrkdwn","text":"`+"```%s```"+` and `+"`%s`"+`"}},
		{"type":"actions","elements":[{"type":"button","action_id":"y","style":"primary","text":{"type":"plain_text","text":%q}},{"type":"button","action_id":"z","style":"danger","text":{"type":"plain_text","text":"Deny"}}]},
		{"type":"context","elements":[{"type":"mrkdwn","text":%q}]}]`,
		long[:140], long, long, long[:70], long, long, long, long[:70], long)
}

func TestEverySurfaceIsAccessible(t *testing.T) {
	t.Parallel()
	sb := world(t)
	a := runApp(t, sb)
	a.post(t, card(sb.Cast().ID("alice"), "ReadOnly", "prod-billing", "why", sb.Clock().Now().AddDate(0, 0, 1).Unix(), true))
	a.post(t, hostile())
	assign(t, sb, "alice@example.com", "100000000001", "ReadOnly")
	for _, size := range []struct {
		width, height int
		who           string // a person has one modal, in however many windows
	}{{1440, 900, "alice"}, {1100, 700, "bob"}, {800, 800, "carol"}, {390, 780, "dana"}, {320, 640, "erin"}} {
		t.Run(fmt.Sprint(size.width), func(t *testing.T) {
			t.Parallel()
			b := browse(t, size.width, size.height)
			b.open(sb, size.who)
			narrow := size.width <= 980
			part := func(name string) {
				if narrow {
					b.click(".tabs button", name)
				}
			}
			part("Channels")
			b.click(".side-row", "aws-approvals")
			b.sees(".msg .button", "Approve")
			b.sound("cards")
			b.Picture(fmt.Sprintf("hostile-%d", size.width))
			b.click(".composer-input", "")
			b.Keys("/gallery")
			b.Keys(kb.Enter)
			b.sees(".modal h2", "Gallery")
			b.sound("gallery")
			b.click(".combo-input[aria-label=People]", "")
			b.sees(".combo-option", "Alice Moreau")
			b.Keys("bob")
			b.Until(`[...document.querySelectorAll('.combo-option')].every((n) => n.textContent.includes('Bob'))`)
			b.Keys(kb.Enter)
			b.sees(".chip", "Bob Okafor")
			b.sound("people in the gallery")
			b.Keys(kb.Escape)
			b.Keys(kb.Escape)
			b.Until(`!document.querySelector('#modal').open`)
			part("Channels")
			b.sound("channels")
			b.click(".side-row", "Stint")
			b.click(".app-tabs button", "Home")
			b.sees(".home h3", "Your access")
			b.sound("home")
			if size.width <= 600 {
				part("People")
				b.sound("people")
			}
			part("Behind")
			for _, name := range []string{"AWS", "Clock", "Faults", "Log"} {
				b.click(".panel-tabs button", name)
				b.Do(chromedp.WaitVisible(`#part-` + name))
				b.Until(`document.querySelector('#part-` + name + `').textContent.length > 40`)
				b.sound(name)
			}
			b.Quiet()
		})
	}
}

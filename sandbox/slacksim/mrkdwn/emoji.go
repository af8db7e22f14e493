package mrkdwn

import "strings"

// emoji adds text whose :names: become emoji spans.
func (p *parser) emoji(s string, style Span) {
	for {
		open := strings.IndexByte(s, ':')
		if open < 0 {
			break
		}
		length := strings.IndexByte(s[open+1:], ':')
		if length < 0 {
			break
		}
		name := s[open+1 : open+1+length]
		if !emojiName(name) {
			p.literal(s[:open+1], style)
			s = s[open+1:]
			continue
		}
		p.literal(s[:open], style)
		p.addEmoji(name, style)
		s = s[open+length+2:]
	}
	p.literal(s, style)
}

// addEmoji adds one emoji.
func (p *parser) addEmoji(name string, style Span) {
	style.Kind, style.ID, style.Text = KindEmoji, name, EmojiText(name)
	p.add(style)
}

func emojiName(s string) bool {
	if s == "" || len(s) > 100 || !strings.ContainsAny(s, "abcdefghijklmnopqrstuvwxyz+") {
		return false
	}
	for _, r := range s {
		if (r < 'a' || r > 'z') && (r < '0' || r > '9') && !strings.ContainsRune("_-+'", r) {
			return false
		}
	}
	return true
}

// EmojiText returns the character of a well-known emoji, and :name: for the others.
func EmojiText(name string) string {
	switch name {
	case "white_check_mark":
		return "✅"
	case "heavy_check_mark":
		return "✔️"
	case "x":
		return "❌"
	case "no_entry", "no_entry_sign":
		return "⛔"
	case "warning":
		return "⚠️"
	case "hourglass":
		return "⌛"
	case "hourglass_flowing_sand":
		return "⏳"
	case "lock":
		return "🔒"
	case "unlock":
		return "🔓"
	case "key":
		return "🔑"
	case "star":
		return "⭐"
	case "ticket":
		return "🎫"
	case "zzz":
		return "💤"
	case "scissors":
		return "✂️"
	case "speech_balloon":
		return "💬"
	case "point_right":
		return "👉"
	case "fast_forward":
		return "⏩"
	case "arrow_double_up":
		return "⏫"
	case "bell":
		return "🔔"
	case "alarm_clock":
		return "⏰"
	case "clock1", "clock3", "stopwatch":
		return "⏱️"
	case "rotating_light":
		return "🚨"
	case "red_circle":
		return "🔴"
	case "large_green_circle":
		return "🟢"
	case "large_yellow_circle":
		return "🟡"
	case "large_blue_circle":
		return "🔵"
	case "white_circle":
		return "⚪"
	case "black_circle":
		return "⚫"
	case "mag":
		return "🔍"
	case "memo":
		return "📝"
	case "gear":
		return "⚙️"
	case "tada":
		return "🎉"
	case "wave":
		return "👋"
	case "eyes":
		return "👀"
	case "thumbsup", "+1":
		return "👍"
	case "thumbsdown", "-1":
		return "👎"
	case "shield":
		return "🛡️"
	case "calendar":
		return "📅"
	case "information_source":
		return "ℹ️"
	case "question":
		return "❓"
	case "raised_hand", "hand":
		return "✋"
	case "zap":
		return "⚡"
	case "point_up":
		return "☝️"
	case "outbox_tray":
		return "📤"
	case "ballot_box_with_check":
		return "☑️"
	case "leftwards_arrow_with_hook":
		return "↩️"
	case "heavy_plus_sign":
		return "➕"
	case "heavy_minus_sign":
		return "➖"
	case "arrow_up_down":
		return "↕️"
	case "page_facing_up":
		return "📄"
	case "seedling":
		return "🌱"
	case "double_vertical_bar":
		return "⏸️"
	case "arrow_forward":
		return "▶️"
	case "pencil2":
		return "✏️"
	case "arrow_up":
		return "⬆️"
	case "arrow_down":
		return "⬇️"
	case "busts_in_silhouette":
		return "👥"
	case "smile":
		return "😄"
	case "rocket":
		return "🚀"
	case "fire":
		return "🔥"
	case "bulb":
		return "💡"
	case "link":
		return "🔗"
	case "wastebasket":
		return "🗑️"
	case "arrows_counterclockwise":
		return "🔄"
	case "black_square_for_stop", "octagonal_sign":
		return "🛑"
	}
	return ":" + name + ":"
}

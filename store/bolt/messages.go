package bolt

import "stint/access"

func messages() table[access.Message] {
	return table[access.Message]{
		bucket: messageBucket,
		what:   "message",
		key:    func(m access.Message) string { return m.Key },
	}
}

func (t *tx) Message(key string) (access.Message, error) {
	return messages().get(t, "bolt.Message", key)
}

func (t *tx) PutMessage(m access.Message) error {
	return messages().put(t, "bolt.PutMessage", m)
}

func (t *tx) Messages(prefix string) ([]access.Message, error) {
	return messages().all(t, prefix)
}

package awssim

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"io"
	"maps"
	"net"
	"net/http"
	"strconv"
	"syscall"
	"time"
)

// encode writes an answer or a refusal in the service's protocol.
func (c *Cloud) encode(rq *request, value any, refused *apiError) *reply {
	c.mu.Lock()
	date := c.cfg.Now().Add(c.tuning.ClockSkew)
	c.teach(date)
	c.mu.Unlock()
	rep := &reply{status: http.StatusOK, header: http.Header{}}
	rep.header.Set("Date", date.UTC().Format(http.TimeFormat))
	rep.header.Set("X-Amzn-Requestid", rq.id)
	switch {
	case refused != nil && refused.status == http.StatusServiceUnavailable:
		rep.status = refused.status
		rep.header.Set("Content-Type", "text/html")
		rep.body = []byte("<html><body><h1>503 Service Unavailable</h1></body></html>")
	case rq.svc.query():
		rep.header.Set("Content-Type", "text/xml")
		rep.body = encodeXML(rq, value, refused)
	default:
		rep.header.Set("Content-Type", rq.svc.contentType())
		rep.body = encodeJSON(value, refused)
		if refused != nil {
			rep.header.Set("X-Amzn-Errortype", refused.code)
		}
	}
	if refused != nil {
		rep.status = refused.status
	}
	rep.header.Set("Content-Length", strconv.Itoa(len(rep.body)))
	return rep
}

func encodeJSON(value any, refused *apiError) []byte {
	if refused != nil {
		m := map[string]any{"__type": refused.code}
		maps.Copy(m, refused.extra)
		switch {
		case refused.message == "":
		case refused.transport:
			m["message"] = refused.message
		default:
			m["Message"] = refused.message
		}
		value = m
	}
	b, err := json.Marshal(value)
	if err != nil { // every answer is made of plain values
		return []byte("{}")
	}
	return b
}

type errorXML struct {
	XMLName xml.Name `xml:"ErrorResponse"`
	Xmlns   string   `xml:"xmlns,attr"`
	Error   struct {
		Type    string
		Code    string
		Message string
	}
	RequestID string `xml:"RequestId"`
}

func encodeXML(rq *request, value any, refused *apiError) []byte {
	if refused != nil {
		e := errorXML{Xmlns: rq.svc.xmlns, RequestID: rq.id}
		e.Error.Type, e.Error.Code, e.Error.Message = "Sender", refused.code, refused.message
		if refused.status >= http.StatusInternalServerError {
			e.Error.Type = "Receiver"
		}
		return marshalXML(e)
	}
	return marshalXML(envelope{op: rq.op, xmlns: rq.svc.xmlns, id: rq.id, result: value})
}

func marshalXML(v any) []byte {
	var b bytes.Buffer
	if err := xml.NewEncoder(&b).Encode(v); err != nil { // every answer is made of plain values
		return nil
	}
	return b.Bytes()
}

// envelope is <OpResponse><OpResult>…</OpResult><ResponseMetadata>…</OpResponse>.
type envelope struct {
	op, xmlns, id string
	result        any
}

// MarshalXML writes the envelope around the result.
func (v envelope) MarshalXML(e *xml.Encoder, _ xml.StartElement) error {
	outer := xml.StartElement{
		Name: xml.Name{Local: v.op + "Response"},
		Attr: []xml.Attr{{Name: xml.Name{Local: "xmlns"}, Value: v.xmlns}},
	}
	if err := e.EncodeToken(outer); err != nil {
		return err
	}
	if err := e.EncodeElement(v.result, xml.StartElement{Name: xml.Name{Local: v.op + "Result"}}); err != nil {
		return err
	}
	meta := struct {
		RequestID string `xml:"RequestId"`
	}{v.id}
	if err := e.EncodeElement(meta, xml.StartElement{Name: xml.Name{Local: "ResponseMetadata"}}); err != nil {
		return err
	}
	return e.EncodeToken(outer.End())
}

// epoch is a timestamp of JSON 1.1: seconds with a fraction; nil when there is none.
func epoch(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return float64(t.UnixMilli()) / 1000
}

// transport answers in the caller's goroutine.
type transport struct{ c *Cloud }

// RoundTrip implements http.RoundTripper.
func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		var err error
		body, err = io.ReadAll(io.LimitReader(r.Body, maxBody))
		_ = r.Body.Close()
		if err != nil {
			return nil, err
		}
	}
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	rep, err := t.c.answer(r, body)
	if err != nil {
		if ctxErr := r.Context().Err(); ctxErr != nil {
			return nil, ctxErr
		}
		return nil, &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}
	}
	return &http.Response{
		Status: strconv.Itoa(rep.status) + " " + http.StatusText(rep.status), StatusCode: rep.status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: rep.header,
		Body: io.NopCloser(bytes.NewReader(rep.body)), ContentLength: int64(len(rep.body)), Request: r,
	}, nil
}

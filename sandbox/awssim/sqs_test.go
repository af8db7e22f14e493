package awssim_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"stint/sandbox/awssim"
)

// queued is a world with a queue, and a client for it in its region.
func queued(t *testing.T, key func(*world) awssim.AccessKey) (w *world, url string, cl *sqs.Client) {
	t.Helper()
	w = newWorld(t)
	url, err := w.AddQueue(awssim.QueueOptions{Name: "events"})
	if err != nil {
		t.Fatal(err)
	}
	return w, url, sqs.NewFromConfig(w.config(key(w), w.ids.Region))
}

func (w *world) receive(cl *sqs.Client, url string) []types.Message {
	w.t.Helper()
	out, err := cl.ReceiveMessage(w.t.Context(), &sqs.ReceiveMessageInput{
		QueueUrl: &url, MaxNumberOfMessages: 10, MessageSystemAttributeNames: []types.MessageSystemAttributeName{types.MessageSystemAttributeNameAll},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return out.Messages
}

func (w *world) assignable(n int) awssim.Assignment {
	return awssim.Assignment{AccountID: w.org.Accounts[1].ID, PermissionSetARN: w.org.PermissionSets[1].ARN, PrincipalType: awssim.PrincipalUser, PrincipalID: w.org.Users[n].ID}
}

// A message is hidden while it is in flight, comes again with its count, and is gone once it
// was deleted, by whichever of its receipts; twice does no harm.
func TestQueueDeliversAtLeastOnce(t *testing.T) {
	t.Parallel()
	w, url, cl := queued(t, (*world).management)
	if _, err := w.AddAssignment(w.assignable(3)); err != nil {
		t.Fatal(err)
	}
	if got := w.receive(cl, url); len(got) != 0 {
		t.Errorf("an event arrived before it was sent: %d", len(got))
	}
	w.clock.Advance(3 * time.Second)
	first := w.receive(cl, url)
	if len(first) != 1 || first[0].Attributes["ApproximateReceiveCount"] != "1" || len(w.receive(cl, url)) != 0 {
		t.Fatalf("%+v", first)
	}
	if q := w.EventQueue(url); q != (awssim.QueueView{InFlight: 1}) {
		t.Errorf("%+v", q)
	}
	w.clock.Advance(time.Minute)
	second := w.receive(cl, url)
	if len(second) != 1 || second[0].Attributes["ApproximateReceiveCount"] != "2" || *second[0].MessageId != *first[0].MessageId {
		t.Fatalf("%+v", second)
	}
	for _, m := range []types.Message{first[0], second[0]} {
		if _, err := cl.DeleteMessage(t.Context(), &sqs.DeleteMessageInput{QueueUrl: &url, ReceiptHandle: m.ReceiptHandle}); err != nil {
			t.Error(err)
		}
	}
	w.clock.Advance(time.Minute)
	if q := w.EventQueue(url); len(w.receive(cl, url)) != 0 || q != (awssim.QueueView{Deleted: 1}) {
		t.Errorf("%+v", q)
	}
	w.RemoveAssignment(w.assignable(3))
	w.clock.Advance(2 * time.Hour)
	if got := w.receive(cl, url); len(got) != 0 {
		t.Error("a message outlived the retention")
	}
}

// A receipt lets its message show sooner or later.
func TestQueueVisibility(t *testing.T) {
	t.Parallel()
	w, url, cl := queued(t, (*world).management)
	if err := w.Send(url, "hello"); err != nil {
		t.Fatal(err)
	}
	m := w.receive(cl, url)
	show := func(seconds int32) error {
		_, err := cl.ChangeMessageVisibility(t.Context(), &sqs.ChangeMessageVisibilityInput{QueueUrl: &url, ReceiptHandle: m[0].ReceiptHandle, VisibilityTimeout: seconds})
		return err
	}
	if err := show(600); err != nil {
		t.Fatal(err)
	}
	w.clock.Advance(5 * time.Minute)
	if len(w.receive(cl, url)) != 0 {
		t.Error("it shows although it was hidden for longer")
	}
	if err := show(0); err != nil {
		t.Fatal(err)
	}
	if got := w.receive(cl, url); len(got) != 1 || *got[0].Body != "hello" {
		t.Error("it does not show although it should at once")
	}
}

// A call that waits is answered as soon as a message shows.
func TestQueueLongPoll(t *testing.T) {
	t.Parallel()
	w, url, cl := queued(t, (*world).management)
	type answer struct {
		out *sqs.ReceiveMessageOutput
		err error
	}
	done := make(chan answer, 1)
	begun := time.Now()
	go func() {
		out, err := cl.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: &url, WaitTimeSeconds: 20})
		done <- answer{out, err}
	}()
	if err := w.Send(url, "hello"); err != nil {
		t.Fatal(err)
	}
	if a := <-done; a.err != nil || len(a.out.Messages) != 1 || time.Since(begun) > 10*time.Second {
		t.Errorf("%+v, %v after %s", a.out, a.err, time.Since(begun))
	}
}

// The record names who called and what about, as EventBridge brings it.
func TestQueueEvents(t *testing.T) {
	t.Parallel()
	w, url, cl := queued(t, (*world).management)
	a := w.assignable(4)
	if _, err := w.AddAssignment(a); err != nil {
		t.Fatal(err)
	}
	w.RemoveAssignment(a)
	w.clock.Advance(3 * time.Second)
	got := w.receive(cl, url)
	if len(got) != 2 {
		t.Fatalf("%d events", len(got))
	}
	for i, name := range []string{"CreateAccountAssignment", "DeleteAccountAssignment"} {
		var e struct {
			Source     string
			DetailType string `json:"detail-type"`
			Detail     struct {
				EventName         string
				UserIdentity      struct{ Type, ARN string }
				RequestParameters struct{ TargetID, PermissionSetARN, PrincipalType, PrincipalID string }
			}
		}
		if err := json.Unmarshal([]byte(*got[i].Body), &e); err != nil {
			t.Fatal(err)
		}
		r := e.Detail.RequestParameters
		if e.Source != "aws.sso" || e.DetailType != "AWS API Call via CloudTrail" || e.Detail.EventName != name || r.TargetID != a.AccountID ||
			r.PermissionSetARN != a.PermissionSetARN || r.PrincipalID != a.PrincipalID || r.PrincipalType != "USER" || e.Detail.UserIdentity.Type != "AssumedRole" {
			t.Errorf("%s", *got[i].Body)
		}
	}
}

func TestQueueRefuses(t *testing.T) {
	t.Parallel()
	w, url, cl := queued(t, (*world).management)
	ctx := t.Context()
	receive := func(in sqs.ReceiveMessageInput) error {
		if in.QueueUrl == nil {
			in.QueueUrl = &url
		}
		_, err := cl.ReceiveMessage(ctx, &in)
		return err
	}
	for name, err := range map[string]error{
		"eleven messages": receive(sqs.ReceiveMessageInput{MaxNumberOfMessages: 11}),
		"a long wait":     receive(sqs.ReceiveMessageInput{WaitTimeSeconds: 21}),
		"a long hiding":   receive(sqs.ReceiveMessageInput{VisibilityTimeout: 43_201}),
		"another queue":   receive(sqs.ReceiveMessageInput{QueueUrl: aws.String(url + "-2")}),
		"a made-up receipt": func() error {
			_, err := cl.DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: &url, ReceiptHandle: aws.String("x")})
			return err
		}(),
		"an unknown attribute": func() error {
			_, err := cl.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{QueueUrl: &url, AttributeNames: []types.QueueAttributeName{"Colour"}})
			return err
		}(),
	} {
		if err == nil {
			t.Errorf("%s was taken", name)
		}
	}
	wantError[*types.QueueDoesNotExist](t, receive(sqs.ReceiveMessageInput{QueueUrl: aws.String(url + "-2")}), 400)
	elsewhere := sqs.NewFromConfig(w.config(w.management(), "us-west-1"))
	if _, err := elsewhere.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: &url}); err == nil {
		t.Error("a queue answers in another region")
	}
}

// A policy is asked about the queue by name.
func TestQueueIsAuthorized(t *testing.T) {
	t.Parallel()
	w, url, _ := queued(t, (*world).management)
	arn := "arn:aws:sqs:" + w.ids.Region + ":" + w.ids.ManagementAccountID + ":events"
	key, err := w.AddPrincipal(awssim.Principal{AccountID: w.ids.ManagementAccountID, Name: "reader", Policy: `{"Statement":{"Effect":"Allow","Action":["sqs:ReceiveMessage"],"Resource":"` + arn + `"}}`})
	if err != nil {
		t.Fatal(err)
	}
	cl := sqs.NewFromConfig(w.config(key, w.ids.Region))
	w.receive(cl, url)
	_, err = cl.GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{QueueUrl: &url})
	if err == nil || !strings.Contains(err.Error(), "not authorized to perform: sqs:GetQueueAttributes on resource: "+arn) {
		t.Error(err)
	}
	stranger, err := w.AddPrincipal(awssim.Principal{AccountID: w.org.Accounts[2].ID, Name: "stranger"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := sqs.NewFromConfig(w.config(stranger, w.ids.Region)).ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: &url}); err == nil {
		t.Error("another account reads it")
	}
}

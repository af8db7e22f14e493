package page_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
)

// TestCallsOfTheSameKind stand in one line that says what differs first.
func TestCallsOfTheSameKind(t *testing.T) {
	t.Parallel()
	sb := world(t)
	client := organizations.New(organizations.Options{
		Region: "us-east-1", BaseEndpoint: aws.String(sb.AWSEndpointURL()), // where Organizations is
		Credentials: credentials.NewStaticCredentialsProvider(sb.AWSAccessKeyID(), sb.AWSSecretAccessKey(), ""),
	})
	roots, err := client.ListRoots(t.Context(), &organizations.ListRootsInput{})
	if err != nil {
		t.Fatal(err)
	}
	list := func() {
		t.Helper()
		_, err := client.ListOrganizationalUnitsForParent(t.Context(), &organizations.ListOrganizationalUnitsForParentInput{ParentId: roots.Roots[0].Id})
		if err != nil {
			t.Fatal(err)
		}
	}
	for range 3 {
		list()
	}
	b := browse(t, 1400, 900)
	b.open(sb, "carol")
	const names = `[...document.querySelectorAll('.call-name')].map((n) => n.textContent).join()`
	b.Until(names + ` === 'ListOrganizationalUnitsForParent × 3organizations,ListRootsorganizations'`)
	b.sound("calls")
	b.Picture("calls")
	list()
	b.Until(names + ` === 'ListOrganizationalUnitsForParent × 4organizations,ListRootsorganizations'`)
	if wide := js[bool](b, `[...document.querySelectorAll('.call-name')].some((n) => n.scrollWidth > n.clientWidth)`); wide {
		t.Error("a name is cut off")
	}
	b.Quiet()
}

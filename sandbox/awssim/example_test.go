package awssim_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/organizations"

	"stint/sandbox/awssim"
)

// Any AWS client can use it: over HTTP with AWS_ENDPOINT_URL and a key of
// Credentials, or in one process through Transport.
func Example() {
	cloud, err := awssim.New(awssim.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	srv := httptest.NewServer(cloud.Handler())
	defer srv.Close()
	key := cloud.Credentials().Management
	cfg, err := config.LoadDefaultConfig(context.Background(),
		config.WithRegion("us-east-1"),
		config.WithBaseEndpoint(srv.URL), // what AWS_ENDPOINT_URL sets
		config.WithCredentialsProvider(credentials.NewStaticCredentialsProvider(key.ID, key.Secret, "")),
	)
	if err != nil {
		fmt.Println(err)
		return
	}
	cfg.HTTPClient = http.DefaultClient
	out, err := organizations.NewFromConfig(cfg).ListAccounts(context.Background(), &organizations.ListAccountsInput{MaxResults: aws.Int32(4)})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, a := range out.Accounts {
		fmt.Println(*a.Id, *a.Name)
	}
	// Output:
	// 111111111111 management
	// 222222222222 security-tooling
	// 100000000001 prod-billing
	// 100000000002 prod-payments
}

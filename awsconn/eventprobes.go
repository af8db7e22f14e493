package awsconn

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/smithy-go"
)

// queueClient speaks to the queue's region.
func (c *Connector) queueClient() *sqs.Client {
	region := queueURL.FindStringSubmatch(c.cfg.EventsQueue)
	return sqs.NewFromConfig(c.aws, func(o *sqs.Options) {
		if region != nil {
			o.Region = region[1]
		}
		o.APIOptions = append(o.APIOptions, c.attach(c.services.sqs))
	})
}

// eventProbes look at the queue without taking anything off it: what is received shows again
// at once, and what is deleted has a receipt that cannot be.
func (x *examiner) eventProbes(add adder) {
	c, url := x.c, x.c.cfg.EventsQueue
	queue := c.queueClient()
	const none = "no queue of events is set"
	add("sqs:ReceiveMessage", url, none, func(ctx context.Context) error {
		return tried(ctx, c, c.services.sqs, "ReceiveMessage", func(ctx context.Context) (*sqs.ReceiveMessageOutput, error) {
			return queue.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: &url, MaxNumberOfMessages: 1, VisibilityTimeout: 0})
		})
	})
	add("sqs:DeleteMessage", url, none, func(ctx context.Context) error {
		err := tried(ctx, c, c.services.sqs, "DeleteMessage", func(ctx context.Context) (*sqs.DeleteMessageOutput, error) {
			return queue.DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: &url, ReceiptHandle: aws.String("stint")})
		})
		if api := smithy.APIError(nil); errors.As(err, &api) && receiptRefused(api) {
			return nil // it was let through to the queue
		}
		return err
	})
	add("sqs:GetQueueAttributes", url, none, func(ctx context.Context) error {
		return tried(ctx, c, c.services.sqs, "GetQueueAttributes", func(ctx context.Context) (*sqs.GetQueueAttributesOutput, error) {
			return queue.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{QueueUrl: &url, AttributeNames: []types.QueueAttributeName{types.QueueAttributeNameQueueArn}})
		})
	})
}

func receiptRefused(err smithy.APIError) bool {
	return code("ReceiptHandleIsInvalid", "InvalidParameterValue")(failure{err: err}.answer())
}

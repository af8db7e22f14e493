# Stint's role in AWS, for the management account or Identity Center's delegated
# administrator account, with the provider in Identity Center's region. `stint setup aws
# --format terraform` prints this file filled in. Set STINT_AWS_ROLE_ARN and
# STINT_AWS_EXTERNAL_ID as under the outputs. permissions.md says what each permission is
# for.

terraform {
  required_providers {
    aws = { source = "hashicorp/aws", version = ">= 6.0" }
  }
}

variable "principal" {
  description = "ARN of the role or user that Stint runs as."
  type        = string
  default     = "arn:aws:iam::444455556666:role/stint"
}

variable "external_id" {
  description = "Made by `stint setup aws`; one for each Stint."
  type        = string
  default     = "MakeYourOwnWithStintSetupAws000000000000"
  validation {
    condition     = length(var.external_id) >= 32
    error_message = "At least 32 characters."
  }
}

variable "management_account" {
  description = "The organization's management account."
  type        = string
  default     = "111122223333"
}

variable "organization_id" {
  type    = string
  default = "o-exampleorgid"
}

variable "instance_id" {
  description = "What stands behind instance/ in the ARN of the Identity Center instance."
  type        = string
  default     = "ssoins-1234567890abcdef"
}

variable "identity_store_id" {
  type    = string
  default = "d-1234567890"
}

variable "tag_value" {
  description = "Permission sets whose tag jit has this value may be granted; no others."
  type        = string
  default     = "true"
}

variable "grantable_accounts" {
  description = "Accounts in which may be granted, or * for all but those that are denied."
  type        = list(string)
  default     = ["*"]
}

variable "denied_accounts" {
  description = "Accounts in which never may be granted; the management account and Stint's own belong here."
  type        = list(string)
  default     = ["111122223333","444455556666"]
}

variable "group_ids" {
  description = "Identity Center groups whose membership may be granted; empty turns group membership off."
  type        = list(string)
  default     = ["0123456789-01234567-89ab-cdef-0123-456789abcdef"]
}

variable "anchor_group_id" {
  description = "Identity Center group that nobody is ever in, which keeps the ARNs of roles stable; empty turns that off."
  type        = string
  default     = "0123456789-11234567-89ab-cdef-0123-456789abcdef"
}

variable "list_iam_roles" {
  description = "Roll the reader role out to the member accounts, so that their IAM roles show in the catalog."
  type        = bool
  default     = true
}

variable "organizational_unit_ids" {
  description = "Where the reader role is rolled out; the id of the root (r-...) for everywhere."
  type        = list(string)
  default     = ["r-exam"]
}

variable "read_events" {
  description = "Tell Stint within seconds of changes that others make."
  type        = bool
  default     = true
}

variable "role_name" {
  type    = string
  default = "stint-connector"
}

variable "reader_role_name" {
  type    = string
  default = "stint-role-reader"
}

variable "queue_name" {
  type    = string
  default = "stint-events"
}

data "aws_partition" "current" {}
data "aws_caller_identity" "current" {}
data "aws_region" "current" {}

locals {
  partition = data.aws_partition.current.partition
  account   = data.aws_caller_identity.current.account_id
  region    = data.aws_region.current.region
}

resource "aws_iam_role" "connector" {
  name                 = var.role_name
  description          = "Stint grants and takes away access in Identity Center with this role."
  max_session_duration = 3600
  assume_role_policy   = <<-TRUST
    {
      "Version": "2012-10-17",
      "Statement": [
        {
          "Effect": "Allow",
          "Principal": {
            "AWS": "${var.principal}"
          },
          "Action": [
            "sts:AssumeRole"
          ],
          "Condition": {
            "StringEquals": {
              "sts:ExternalId": "${var.external_id}"
            }
          }
        }
      ]
    }
  TRUST
}

# What Stint cannot work without, and what it must never do.
resource "aws_iam_policy" "core" {
  name   = "${var.role_name}-core"
  policy = <<-CORE
    {
      "Version": "2012-10-17",
      "Statement": [
        {
          "Sid": "FindIdentityCenter",
          "Effect": "Allow",
          "Action": [
            "sso:ListInstances"
          ],
          "Resource": [
            "*"
          ]
        },
        {
          "Sid": "ReadInstance",
          "Effect": "Allow",
          "Action": [
            "sso:ListPermissionSets",
            "sso:ListAccountAssignmentsForPrincipal",
            "sso:ListAccountAssignmentCreationStatus",
            "sso:ListAccountAssignmentDeletionStatus",
            "sso:DescribeAccountAssignmentCreationStatus",
            "sso:DescribeAccountAssignmentDeletionStatus"
          ],
          "Resource": [
            "arn:${local.partition}:sso:::instance/${var.instance_id}"
          ]
        },
        {
          "Sid": "ReadPermissionSets",
          "Effect": "Allow",
          "Action": [
            "sso:DescribePermissionSet",
            "sso:ListTagsForResource",
            "sso:ListManagedPoliciesInPermissionSet",
            "sso:ListCustomerManagedPolicyReferencesInPermissionSet",
            "sso:GetInlinePolicyForPermissionSet",
            "sso:ListAccountsForProvisionedPermissionSet"
          ],
          "Resource": [
            "arn:${local.partition}:sso:::instance/${var.instance_id}",
            "arn:${local.partition}:sso:::permissionSet/${var.instance_id}/*"
          ]
        },
        {
          "Sid": "ReadAccounts",
          "Effect": "Allow",
          "Action": [
            "sso:ListPermissionSetsProvisionedToAccount"
          ],
          "Resource": [
            "arn:${local.partition}:sso:::instance/${var.instance_id}",
            "arn:${local.partition}:sso:::account/*"
          ]
        },
        {
          "Sid": "ReadAssignments",
          "Effect": "Allow",
          "Action": [
            "sso:ListAccountAssignments"
          ],
          "Resource": [
            "arn:${local.partition}:sso:::instance/${var.instance_id}",
            "arn:${local.partition}:sso:::permissionSet/${var.instance_id}/*",
            "arn:${local.partition}:sso:::account/*"
          ]
        },
        {
          "Sid": "GrantOnInstance",
          "Effect": "Allow",
          "Action": [
            "sso:CreateAccountAssignment",
            "sso:DeleteAccountAssignment"
          ],
          "Resource": [
            "arn:${local.partition}:sso:::instance/${var.instance_id}"
          ]
        },
        {
          "Sid": "GrantTaggedSets",
          "Effect": "Allow",
          "Action": [
            "sso:CreateAccountAssignment",
            "sso:DeleteAccountAssignment"
          ],
          "Resource": [
            "arn:${local.partition}:sso:::permissionSet/${var.instance_id}/*"
          ],
          "Condition": {
            "StringEquals": {
              "aws:ResourceTag/jit": "${var.tag_value}"
            }
          }
        },
        {
          "Sid": "GrantInAccounts",
          "Effect": "Allow",
          "Action": [
            "sso:CreateAccountAssignment",
            "sso:DeleteAccountAssignment"
          ],
          "Resource": ${jsonencode([for id in var.grantable_accounts : "arn:${local.partition}:sso:::account/${id}"])}
        },
        {
          "Sid": "ReadPeople",
          "Effect": "Allow",
          "Action": [
            "identitystore:ListUsers",
            "identitystore:DescribeUser",
            "identitystore:GetUserId"
          ],
          "Resource": [
            "arn:${local.partition}:identitystore::${var.management_account}:identitystore/${var.identity_store_id}",
            "arn:${local.partition}:identitystore:::user/*"
          ]
        },
        {
          "Sid": "ReadGroups",
          "Effect": "Allow",
          "Action": [
            "identitystore:ListGroups"
          ],
          "Resource": [
            "arn:${local.partition}:identitystore::${var.management_account}:identitystore/${var.identity_store_id}",
            "arn:${local.partition}:identitystore:::group/*"
          ]
        },
        {
          "Sid": "ReadMembers",
          "Effect": "Allow",
          "Action": [
            "identitystore:ListGroupMemberships"
          ],
          "Resource": [
            "arn:${local.partition}:identitystore::${var.management_account}:identitystore/${var.identity_store_id}",
            "arn:${local.partition}:identitystore:::group/*",
            "arn:${local.partition}:identitystore:::membership/*"
          ]
        },
        {
          "Sid": "ReadOrganization",
          "Effect": "Allow",
          "Action": [
            "organizations:DescribeOrganization",
            "organizations:ListAccounts",
            "organizations:ListRoots",
            "tag:GetResources"
          ],
          "Resource": [
            "*"
          ]
        },
        {
          "Sid": "ReadUnits",
          "Effect": "Allow",
          "Action": [
            "organizations:ListOrganizationalUnitsForParent",
            "organizations:ListAccountsForParent"
          ],
          "Resource": [
            "arn:${local.partition}:organizations::${var.management_account}:root/${var.organization_id}/r-*",
            "arn:${local.partition}:organizations::${var.management_account}:ou/${var.organization_id}/ou-*"
          ]
        },
        {
          "Sid": "ReadAccountTags",
          "Effect": "Allow",
          "Action": [
            "organizations:ListTagsForResource"
          ],
          "Resource": [
            "arn:${local.partition}:organizations::${var.management_account}:account/${var.organization_id}/*"
          ]
        },
        {
          "Sid": "NeverChangeRoles",
          "Effect": "Deny",
          "Action": [
            "sso:CreatePermissionSet",
            "sso:UpdatePermissionSet",
            "sso:DeletePermissionSet",
            "sso:ProvisionPermissionSet",
            "sso:Put*",
            "sso:Attach*",
            "sso:Detach*",
            "sso:TagResource",
            "sso:UntagResource",
            "sso:DeleteInlinePolicyFromPermissionSet",
            "sso:DeletePermissionsBoundaryFromPermissionSet"
          ],
          "Resource": [
            "*"
          ]
        },
        {
          "Sid": "NeverChangePeople",
          "Effect": "Deny",
          "Action": [
            "identitystore:CreateUser",
            "identitystore:UpdateUser",
            "identitystore:DeleteUser",
            "identitystore:CreateGroup",
            "identitystore:UpdateGroup",
            "identitystore:DeleteGroup"
          ],
          "Resource": [
            "*"
          ]
        },
        {
          "Sid": "NeverTheseAccounts",
          "Effect": "Deny",
          "Action": [
            "sso:CreateAccountAssignment",
            "sso:DeleteAccountAssignment"
          ],
          "Resource": ${jsonencode([for id in var.denied_accounts : "arn:${local.partition}:sso:::account/${id}"])}
        },
        {
          "Sid": "NeverItself",
          "Effect": "Deny",
          "Action": [
            "iam:*",
            "sts:AssumeRole"
          ],
          "Resource": [
            "arn:${local.partition}:iam::${local.account}:role/${var.role_name}"
          ]
        }
      ]
    }
  CORE
}

resource "aws_iam_role_policy_attachment" "core" {
  role       = aws_iam_role.connector.name
  policy_arn = aws_iam_policy.core.arn
}

# Membership of named groups for a time.
resource "aws_iam_policy" "groups" {
  count  = length(var.group_ids) > 0 ? 1 : 0
  name   = "${var.role_name}-groups"
  policy = <<-GROUPS
    {
      "Version": "2012-10-17",
      "Statement": [
        {
          "Sid": "ChangeMembers",
          "Effect": "Allow",
          "Action": [
            "identitystore:CreateGroupMembership",
            "identitystore:DeleteGroupMembership",
            "identitystore:GetGroupMembershipId"
          ],
          "Resource": [
            "arn:${local.partition}:identitystore::${var.management_account}:identitystore/${var.identity_store_id}",
            "arn:${local.partition}:identitystore:::user/*",
            "arn:${local.partition}:identitystore:::membership/*"
          ]
        },
        {
          "Sid": "ChangeNamedGroups",
          "Effect": "Allow",
          "Action": [
            "identitystore:CreateGroupMembership",
            "identitystore:DeleteGroupMembership",
            "identitystore:GetGroupMembershipId"
          ],
          "Resource": ${jsonencode([for id in var.group_ids : "arn:${local.partition}:identitystore:::group/${id}"])}
        }
      ]
    }
  GROUPS
}

resource "aws_iam_role_policy_attachment" "groups" {
  count      = length(var.group_ids) > 0 ? 1 : 0
  role       = aws_iam_role.connector.name
  policy_arn = aws_iam_policy.groups[0].arn
}

# Lists the IAM roles of member accounts.
resource "aws_iam_policy" "iam_roles" {
  count  = var.list_iam_roles ? 1 : 0
  name   = "${var.role_name}-iam-roles"
  policy = <<-ROLES
    {
      "Version": "2012-10-17",
      "Statement": [
        {
          "Sid": "TakeReaderRole",
          "Effect": "Allow",
          "Action": [
            "sts:AssumeRole"
          ],
          "Resource": [
            "arn:${local.partition}:iam::*:role/${var.reader_role_name}"
          ],
          "Condition": {
            "StringEquals": {
              "aws:ResourceOrgID": "${var.organization_id}"
            }
          }
        }
      ]
    }
  ROLES
}

resource "aws_iam_role_policy_attachment" "iam_roles" {
  count      = var.list_iam_roles ? 1 : 0
  role       = aws_iam_role.connector.name
  policy_arn = aws_iam_policy.iam_roles[0].arn
}

# It does not reach the management account: AWS rolls out to member accounts only.
resource "aws_cloudformation_stack_set" "reader" {
  count            = var.list_iam_roles ? 1 : 0
  name             = var.reader_role_name
  description      = "The role with which Stint lists the IAM roles of an account."
  permission_model = "SERVICE_MANAGED"
  call_as          = local.account == var.management_account ? "SELF" : "DELEGATED_ADMIN"
  capabilities     = ["CAPABILITY_NAMED_IAM"]
  auto_deployment {
    enabled                          = true
    retain_stacks_on_account_removal = false
  }
  parameters = {
    ConnectorRoleArn = aws_iam_role.connector.arn
    ExternalId       = var.external_id
    RoleName         = var.reader_role_name
  }
  template_body = <<-READER
    AWSTemplateFormatVersion: "2010-09-09"
    Description: Lets Stint list the IAM roles of this account, and nothing else.
    Parameters:
      ConnectorRoleArn:
        Type: String
        Default: arn:aws:iam::111122223333:role/stint-connector
        Description: ARN of Stint's connector role, the only one that may take this role on.
      ExternalId:
        Type: String
        Default: MakeYourOwnWithStintSetupAws000000000000
        MinLength: 32
        Description: External id of this Stint (STINT_AWS_EXTERNAL_ID).
      RoleName:
        Type: String
        Default: stint-role-reader
        Description: The same in every account (STINT_AWS_READER_ROLE).
    Resources:
      ReaderRole:
        Type: AWS::IAM::Role
        Properties:
          RoleName: !Ref RoleName
          Description: Lists the roles of this account for Stint.
          AssumeRolePolicyDocument:
            Version: "2012-10-17"
            Statement:
              - Effect: Allow
                Principal:
                  AWS:
                    Fn::Sub: $${ConnectorRoleArn}
                Action:
                  - sts:AssumeRole
                Condition:
                  StringEquals:
                    sts:ExternalId:
                      Fn::Sub: $${ExternalId}
          Policies:
            - PolicyName: list-roles
              PolicyDocument:
                Version: "2012-10-17"
                Statement:
                  - Sid: ListRoles
                    Effect: Allow
                    Action:
                      - iam:ListRoles
                    Resource:
                      - Fn::Sub: arn:$${AWS::Partition}:iam::$${AWS::AccountId}:role/*
  READER
}

resource "aws_cloudformation_stack_set_instance" "reader" {
  count          = var.list_iam_roles ? 1 : 0
  stack_set_name = aws_cloudformation_stack_set.reader[0].name
  call_as        = aws_cloudformation_stack_set.reader[0].call_as
  deployment_targets {
    organizational_unit_ids = var.organizational_unit_ids
  }
}

# Nobody may be put into the anchor group.
resource "aws_iam_policy" "anchors" {
  count  = var.anchor_group_id != "" ? 1 : 0
  name   = "${var.role_name}-anchors"
  policy = <<-ANCHORS
    {
      "Version": "2012-10-17",
      "Statement": [
        {
          "Sid": "NeverIntoTheAnchor",
          "Effect": "Deny",
          "Action": [
            "identitystore:CreateGroupMembership"
          ],
          "Resource": [
            "arn:${local.partition}:identitystore:::group/${var.anchor_group_id}"
          ]
        }
      ]
    }
  ANCHORS
}

resource "aws_iam_role_policy_attachment" "anchors" {
  count      = var.anchor_group_id != "" ? 1 : 0
  role       = aws_iam_role.connector.name
  policy_arn = aws_iam_policy.anchors[0].arn
}

# Reads changes of assignments from a queue.
resource "aws_iam_policy" "events" {
  count  = var.read_events ? 1 : 0
  name   = "${var.role_name}-events"
  policy = <<-EVENTS
    {
      "Version": "2012-10-17",
      "Statement": [
        {
          "Sid": "ReadEvents",
          "Effect": "Allow",
          "Action": [
            "sqs:ReceiveMessage",
            "sqs:DeleteMessage",
            "sqs:GetQueueAttributes"
          ],
          "Resource": [
            "arn:${local.partition}:sqs:${local.region}:${local.account}:${var.queue_name}"
          ]
        }
      ]
    }
  EVENTS
}

resource "aws_iam_role_policy_attachment" "events" {
  count      = var.read_events ? 1 : 0
  role       = aws_iam_role.connector.name
  policy_arn = aws_iam_policy.events[0].arn
}

resource "aws_sqs_queue" "events" {
  count                      = var.read_events ? 1 : 0
  name                       = var.queue_name
  sqs_managed_sse_enabled    = true
  message_retention_seconds  = 3600 # what is older, the nightly comparison finds
  visibility_timeout_seconds = 60
}

resource "aws_cloudwatch_event_rule" "events" {
  count       = var.read_events ? 1 : 0
  name        = var.queue_name
  description = "Assignments that are made or removed, by whomever."
  event_pattern = jsonencode({
    source      = ["aws.sso"]
    detail-type = ["AWS API Call via CloudTrail"]
    detail = {
      eventSource = ["sso.amazonaws.com"]
      eventName   = ["CreateAccountAssignment", "DeleteAccountAssignment"]
    }
  })
}

resource "aws_cloudwatch_event_target" "events" {
  count = var.read_events ? 1 : 0
  rule  = aws_cloudwatch_event_rule.events[0].name
  arn   = aws_sqs_queue.events[0].arn
}

resource "aws_sqs_queue_policy" "events" {
  count     = var.read_events ? 1 : 0
  queue_url = aws_sqs_queue.events[0].url
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "events.amazonaws.com" }
      Action    = "sqs:SendMessage"
      Resource  = aws_sqs_queue.events[0].arn
      Condition = { ArnEquals = { "aws:SourceArn" = aws_cloudwatch_event_rule.events[0].arn } }
    }]
  })
}

output "role_arn" {
  description = "Set STINT_AWS_ROLE_ARN to this."
  value       = aws_iam_role.connector.arn
}

output "external_id" {
  description = "Set STINT_AWS_EXTERNAL_ID to this."
  value       = var.external_id
}

output "queue_url" {
  description = "Set STINT_EVENTS_QUEUE to this."
  value       = one(aws_sqs_queue.events[*].url)
}

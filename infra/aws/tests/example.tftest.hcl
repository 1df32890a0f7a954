mock_provider "aws" {
  mock_resource "aws_ecr_repository" {
    defaults = {
      arn            = "arn:aws:ecr:us-east-1:123456789012:repository/yolo-endpoint"
      repository_url = "123456789012.dkr.ecr.us-east-1.amazonaws.com/yolo-endpoint"
    }
  }
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::123456789012:role/yolo-endpoint-us-east-1" }
  }
  mock_resource "aws_cloudwatch_log_group" {
    defaults = { arn = "arn:aws:logs:us-east-1:123456789012:log-group:/aws/lambda/yolo-endpoint" }
  }
  mock_resource "aws_lambda_function_url" {
    defaults = { function_url = "https://abc.lambda-url.us-east-1.on.aws/" }
  }
}

mock_provider "aws" {
  alias = "europe"
  mock_resource "aws_ecr_repository" {
    defaults = {
      arn            = "arn:aws:ecr:eu-central-1:123456789012:repository/yolo-endpoint"
      repository_url = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/yolo-endpoint"
    }
  }
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::123456789012:role/yolo-endpoint-eu-central-1" }
  }
  mock_resource "aws_cloudwatch_log_group" {
    defaults = { arn = "arn:aws:logs:eu-central-1:123456789012:log-group:/aws/lambda/yolo-endpoint" }
  }
  mock_resource "aws_lambda_function_url" {
    defaults = { function_url = "https://abc.lambda-url.eu-central-1.on.aws/" }
  }
}

run "two_regions" {
  module {
    source = "../examples/lambda"
  }
  variables {
    image       = "1.0"
    model_store = "s3://my-weights/models"
    key_hash    = "sha256:2c70e12b7a0646f92279f427c7b38e7334d8e5389cff167a1dc30e73f826b683"
  }
  assert {
    condition = output.urls == {
      us-east-1    = "https://abc.lambda-url.us-east-1.on.aws"
      eu-central-1 = "https://abc.lambda-url.eu-central-1.on.aws"
    }
    error_message = "A provider and a module for each region."
  }
}

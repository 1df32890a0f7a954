mock_provider "aws" {
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

variables {
  image       = "1.0"
  model_store = "s3://my-weights/yolo/models/"
  key_hashes  = ["sha256:2c70e12b7a0646f92279f427c7b38e7334d8e5389cff167a1dc30e73f826b683"]
}

run "before_there_is_an_image" {
  command = plan
  variables {
    image = null
  }
  assert {
    condition     = length(aws_lambda_function.this) + length(aws_lambda_function_url.this) + length(aws_lambda_permission.url) == 0 && output.url == null
    error_message = "The first apply makes the place to push to, and no function."
  }
}

run "with_keys" {
  assert {
    condition     = aws_lambda_function.this[0].image_uri == "123456789012.dkr.ecr.eu-central-1.amazonaws.com/yolo-endpoint:1.0"
    error_message = "A tag is one of the repository's."
  }
  assert {
    condition     = aws_lambda_function.this[0].image_config[0].command == tolist(["python", "-m", "awslambdaric", "main.lambda_handler"])
    error_message = "The image's command for Lambda."
  }
  assert {
    condition = (aws_lambda_function.this[0].memory_size == 3008 && aws_lambda_function.this[0].timeout == 60
    && aws_lambda_function.this[0].ephemeral_storage[0].size == 512 && aws_lambda_function.this[0].reserved_concurrent_executions == -1)
    error_message = "What a new account may have."
  }
  assert {
    condition = jsonencode(aws_lambda_function.this[0].environment[0].variables) == jsonencode({
      MODEL_STORE  = "s3://my-weights/yolo/models/", API_KEYS = var.key_hashes[0]
      CONCURRENCY  = "1", THREADS = "1", CACHE_MB = "1504"
      CACHE_DIR    = "/tmp/yolo-endpoint", HOME = "/tmp", YOLO_CONFIG_DIR = "/tmp"
      MPLCONFIGDIR = "/tmp"
    })
    error_message = "The container is told what it needs, and no more."
  }
  assert {
    condition = jsonencode(jsondecode(aws_iam_role_policy.this.policy).Statement[*].Action) == jsonencode([
      ["logs:CreateLogStream", "logs:PutLogEvents"], ["s3:ListBucket"], ["s3:GetObject", "s3:GetObjectVersion"],
    ])
    error_message = "It writes its log and reads its models, and may do nothing else."
  }
  assert {
    condition = flatten(jsondecode(aws_iam_role_policy.this.policy).Statement[*].Resource) == [
      "arn:aws:logs:eu-central-1:123456789012:log-group:/aws/lambda/yolo-endpoint:*", "arn:aws:s3:::my-weights", "arn:aws:s3:::my-weights/yolo/models/*",
    ]
    error_message = "Its own log, and models below the prefix."
  }
  assert {
    condition     = aws_lambda_function_url.this[0].authorization_type == "NONE" && aws_lambda_permission.url["*"].function_url_auth_type == "NONE"
    error_message = "The keys do the asking."
  }
  assert {
    condition     = alltrue([for r in values(jsondecode(aws_cloudformation_stack.invoke_by_url[0].template_body).Resources) : r.Properties.InvokedViaFunctionUrl])
    error_message = "The function is called by its URL alone."
  }
  assert {
    condition     = output.curl == "curl -H 'Authorization: Bearer '$API_KEY -F file=@picture.jpg https://abc.lambda-url.eu-central-1.on.aws/predict"
    error_message = "The line shows the key."
  }
}

run "by_identity" {
  variables {
    key_hashes = []
    invokers   = ["123456789012", "arn:aws:iam::210987654321:role/camera"]
    image      = "sha256:2c70e12b7a0646f92279f427c7b38e7334d8e5389cff167a1dc30e73f826b683"
  }
  assert {
    condition     = aws_lambda_function_url.this[0].authorization_type == "AWS_IAM" && length(aws_lambda_permission.url) == 2
    error_message = "Requests are signed, and those named may send them."
  }
  assert {
    condition     = aws_lambda_function.this[0].environment[0].variables["ALLOW_ANONYMOUS"] == "true"
    error_message = "IAM asks who calls; the server, without keys, would not start otherwise."
  }
  assert {
    condition     = strcontains(output.curl, "--aws-sigv4 aws:amz:eu-central-1:lambda") && strcontains(aws_lambda_function.this[0].image_uri, "yolo-endpoint@sha256:")
    error_message = "The line signs; a digest is one of the repository's."
  }
}

run "large_and_limited" {
  command = plan
  variables {
    memory_mb   = 7076
    disk_mb     = 2048
    timeout_s   = 900
    concurrency = 5
    cors        = { origins = ["https://example.com"] }
    env         = { CACHE_MB = "100" }
    quota       = { limit = "100/hour" }
    model_store = "s3://my-weights"
  }
  assert {
    condition     = aws_lambda_function.this[0].environment[0].variables["THREADS"] == "4" && aws_lambda_function.this[0].environment[0].variables["CACHE_MB"] == "100"
    error_message = "All its processors for the one request; what the caller sets goes first."
  }
  assert {
    condition     = aws_lambda_function.this[0].reserved_concurrent_executions == 5 && aws_lambda_function_url.this[0].cors[0].allow_origins == toset(["https://example.com"])
    error_message = "Limits and pages as asked."
  }
}

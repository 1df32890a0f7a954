# The endpoint on AWS, in the provider's region: the same container as a Lambda function behind a function URL.

locals {
  region = split(":", aws_ecr_repository.this.arn)[3]
  public = contains(var.invokers, "*")
  tags   = merge({ app = var.name }, var.tags)
  image = (var.image == null ? null
    : strcontains(var.image, "/") ? var.image
    : join(startswith(var.image, "sha256:") ? "@" : ":", [aws_ecr_repository.this.repository_url, var.image])
  )

  env = merge(
    { for key, value in {
      MODEL_STORE     = var.model_store
      DEFAULT_MODEL   = var.default_model
      API_KEYS        = length(var.key_hashes) > 0 ? join(",", var.key_hashes) : null
      ALLOW_ANONYMOUS = length(var.key_hashes) > 0 ? null : "true" # allowed outright, or IAM asks who calls
      QUOTA           = try(var.quota.limit, null)
      QUOTA_STORE     = try(var.quota.store, null)
    } : key => value if value != null },
    {
      # An instance has one request at a time, so that one may have all its processors.
      CONCURRENCY = "1"
      THREADS     = tostring(max(1, floor(var.memory_mb / 1769)))
      CACHE_MB    = tostring(floor(var.memory_mb / 2))
      # Nothing but /tmp can be written to.
      CACHE_DIR       = "/tmp/yolo-endpoint"
      HOME            = "/tmp"
      YOLO_CONFIG_DIR = "/tmp"
      MPLCONFIGDIR    = "/tmp"
    },
    var.env,
  )
}

resource "aws_ecr_repository" "this" {
  # checkov:skip=CKV_AWS_136:The images hold no data of the user's; AES256 with AWS's own key encrypts them.
  name                 = var.name
  image_tag_mutability = "IMMUTABLE"
  tags                 = local.tags

  image_scanning_configuration {
    scan_on_push = true
  }
}

# What is stored is paid for, so what nobody runs goes.
resource "aws_ecr_lifecycle_policy" "this" {
  repository = aws_ecr_repository.this.name
  policy = jsonencode({
    rules = [{
      rulePriority = 1
      description  = "Keep the ten newest"
      selection    = { tagStatus = "any", countType = "imageCountMoreThan", countNumber = 10 }
      action       = { type = "expire" }
    }]
  })
}

resource "aws_cloudwatch_log_group" "this" {
  # checkov:skip=CKV_AWS_158:The logs hold no pictures and no keys; CloudWatch's own key encrypts them.
  # checkov:skip=CKV_AWS_338:log_days is the user's to choose; a year of request logs is not everyone's wish.
  name              = "/aws/lambda/${var.name}"
  retention_in_days = var.log_days
  tags              = local.tags
}

resource "aws_lambda_function" "this" {
  # checkov:skip=CKV_AWS_115:A reservation is taken from the account's, and a new account has none to spare: `concurrency` sets it.
  # checkov:skip=CKV_AWS_116:Function URLs call synchronously: the caller sees the error, and there is nothing to queue.
  # checkov:skip=CKV_AWS_117:It needs nothing of a private network; in one, S3 and pictures' URLs would need a NAT gateway that costs while idle.
  # checkov:skip=CKV_AWS_173:The environment holds hashes of keys, and Lambda encrypts it with its own key.
  # checkov:skip=CKV_AWS_272:Lambda checks signatures of archives, not of container images.
  # checkov:skip=CKV_AWS_50:Traces are paid for by the million; the log has each request's time.
  count                          = var.image == null ? 0 : 1
  function_name                  = var.name
  role                           = aws_iam_role.this.arn
  package_type                   = "Image"
  image_uri                      = local.image
  architectures                  = [var.architecture]
  memory_size                    = var.memory_mb
  timeout                        = var.timeout_s
  reserved_concurrent_executions = var.concurrency == null ? -1 : var.concurrency
  tags                           = local.tags

  image_config {
    command = ["python", "-m", "awslambdaric", "main.lambda_handler"]
  }

  ephemeral_storage {
    size = var.disk_mb
  }

  environment {
    variables = local.env
  }

  # Lambda would make the log's group itself, and keep it for ever.
  depends_on = [aws_cloudwatch_log_group.this, aws_iam_role_policy.this]
}

resource "aws_lambda_function_url" "this" {
  # checkov:skip=CKV_AWS_258:NONE is for callers that show a key of the endpoint's own; without keys the plan is refused.
  count              = length(aws_lambda_function.this)
  function_name      = aws_lambda_function.this[0].function_name
  authorization_type = local.public ? "NONE" : "AWS_IAM"

  dynamic "cors" {
    for_each = var.cors == null ? [] : [var.cors]
    content {
      allow_origins = cors.value.origins
      allow_methods = ["GET", "POST"]
      allow_headers = ["authorization", "content-type", "x-api-key"]
      max_age       = cors.value.max_age_s
    }
  }
}

# What the function may do, and who may call it.

locals {
  bucket = var.model_store == null ? null : split("/", var.model_store)[2]
  prefix = var.model_store == null ? "" : trim(join("/", slice(split("/", var.model_store), 3, length(split("/", var.model_store)))), "/")
  arn    = "arn:${split(":", aws_ecr_repository.this.arn)[1]}"
}

resource "aws_iam_role" "this" {
  name = "${var.name}-${local.region}" # roles are the account's, functions the region's
  tags = local.tags
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } }]
  })
}

resource "aws_iam_role_policy" "this" {
  name = "runtime"
  role = aws_iam_role.this.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [{
        Sid      = "WriteItsLog", Effect = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = ["${aws_cloudwatch_log_group.this.arn}:*"]
      }],
      # Listing is asked of the bucket, and without it a file that is missing looks like one that is forbidden.
      var.model_store == null ? [] : [{
        Sid      = "ListModels", Effect = "Allow"
        Action   = ["s3:ListBucket"]
        Resource = ["${local.arn}:s3:::${local.bucket}"]
      }],
      var.model_store == null ? [] : [{
        Sid      = "ReadModels", Effect = "Allow"
        Action   = ["s3:GetObject", "s3:GetObjectVersion"]
        Resource = ["${local.arn}:s3:::${join("/", compact([local.bucket, local.prefix, "*"]))}"]
      }],
    )
  })
}

# Calling by URL needs two permissions since October 2025: the URL's, and the function's as far as it is called by URL.
resource "aws_lambda_permission" "url" {
  # checkov:skip=CKV_AWS_364:The condition on the URL's kind stands in for the account: the callers are outside it.
  # checkov:skip=CKV_AWS_301:It is public where the keys do the asking; without keys the plan is refused.
  for_each               = toset(var.image == null ? [] : var.invokers)
  statement_id           = "url-${substr(sha256(each.value), 0, 12)}"
  action                 = "lambda:InvokeFunctionUrl"
  function_name          = aws_lambda_function.this[0].function_name
  principal              = each.value
  function_url_auth_type = aws_lambda_function_url.this[0].authorization_type
}

# The provider knows the second one's condition from 6.x on only. Without it anyone could call the function past its URL.
resource "aws_cloudformation_stack" "invoke_by_url" {
  # checkov:skip=CKV_AWS_124:The stack is a permission; it is made and changed by this apply alone, which waits for it.
  count = var.image == null ? 0 : 1
  name  = "${var.name}-invoke-by-url"
  tags  = local.tags
  template_body = jsonencode({
    Resources = { for invoker in var.invokers : "Invoke${substr(sha256(invoker), 0, 12)}" => {
      Type = "AWS::Lambda::Permission"
      Properties = {
        Action                = "lambda:InvokeFunction"
        FunctionName          = aws_lambda_function.this[0].function_name
        Principal             = invoker
        InvokedViaFunctionUrl = true
      }
    } }
  })
}

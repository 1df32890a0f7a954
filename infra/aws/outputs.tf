output "url" {
  description = "HTTPS address of the endpoint, or null before there is an image."
  value       = try(trimsuffix(aws_lambda_function_url.this[0].function_url, "/"), null)
}

output "curl" {
  description = "A line that asks it: set API_KEY (or have AWS credentials in the environment) and give a picture."
  # Without double quotes, which Terraform would print with backslashes.
  value = var.image == null ? null : join(" ", compact([
    "curl",
    length(var.key_hashes) > 0 ? "-H 'Authorization: Bearer '$API_KEY" : "",
    local.public ? "" : "--aws-sigv4 aws:amz:${local.region}:lambda --user $AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY -H x-amz-security-token:$AWS_SESSION_TOKEN",
    "-F file=@picture.jpg",
    "${trimsuffix(aws_lambda_function_url.this[0].function_url, "/")}/predict",
  ]))
}

output "function" {
  description = "Name of the function, or null."
  value       = one(aws_lambda_function.this[*].function_name)
}

output "image_repository" {
  description = "Repository to push the image to; Lambda takes none from another region."
  value       = aws_ecr_repository.this.repository_url
}

output "role" {
  description = "ARN of the role that the function runs as."
  value       = aws_iam_role.this.arn
}

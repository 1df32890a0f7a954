variable "name" {
  description = "Name of the function and of what is made around it."
  type        = string
  default     = "yolo-endpoint"

  validation {
    condition     = can(regex("^[a-z]([-a-z0-9]{0,38}[a-z0-9])?$", var.name))
    error_message = "The name has 1 to 40 lower-case letters, digits and hyphens, begins with a letter and does not end in a hyphen."
  }
}

variable "image" {
  description = <<-EOT
    What to run: NAME:TAG's TAG or sha256:DIGEST in the repository that is made here, or a full reference to ECR in
    this region. Null makes all but the function: the first apply, which makes the place to push to.
  EOT
  type        = string
  default     = null

  validation {
    condition = var.image == null || can(regex(
      "^([A-Za-z0-9_][-.A-Za-z0-9_]{0,127}|sha256:[0-9a-f]{64}|[0-9]{12}\\.dkr\\.ecr\\.[-a-z0-9]+\\.amazonaws\\.com(\\.cn)?/[^\\s:@]+(:[^\\s:@]+|@sha256:[0-9a-f]{64}))$",
      coalesce(var.image, "/"),
    ))
    error_message = "The image is a tag, sha256:DIGEST, or ACCOUNT.dkr.ecr.REGION.amazonaws.com/NAME:TAG: Lambda runs none from elsewhere."
  }
}

variable "model_store" {
  description = "Folder of models: s3://BUCKET or s3://BUCKET/PREFIX, best in the same region. Null: the small built-in weights."
  type        = string
  default     = null

  validation {
    condition     = var.model_store == null || can(regex("^s3://[a-z0-9][-.a-z0-9]{1,61}[a-z0-9](/[^\\s\"\\\\?#*/]+)*/?$", coalesce(var.model_store, "-")))
    error_message = "The model store on AWS is s3://BUCKET or s3://BUCKET/PREFIX."
  }
}

variable "default_model" {
  description = "Model that answers routes which name none; null leaves it to the store."
  type        = string
  default     = null
}

variable "architecture" {
  description = "x86_64 or arm64: that of the image."
  type        = string
  default     = "x86_64"

  validation {
    condition     = contains(["x86_64", "arm64"], var.architecture)
    error_message = "architecture is x86_64 or arm64."
  }
}

variable "memory_mb" {
  description = "Memory of an instance; each 1769 MB bring a processor. New accounts may be held to 3008."
  type        = number
  default     = 3008

  validation {
    condition     = var.memory_mb >= 512 && var.memory_mb <= 10240 && floor(var.memory_mb) == var.memory_mb
    error_message = "A function that loads weights has 512 to 10240 MB, in whole ones."
  }
}

variable "disk_mb" {
  description = "Size of /tmp, where weights are kept; what is above 512 is paid for while a request runs."
  type        = number
  default     = 512

  validation {
    condition     = var.disk_mb >= 512 && var.disk_mb <= 10240 && floor(var.disk_mb) == var.disk_mb
    error_message = "/tmp has 512 to 10240 MB, in whole ones."
  }
}

variable "timeout_s" {
  description = "Seconds that a request may take."
  type        = number
  default     = 60

  validation {
    condition     = var.timeout_s >= 1 && var.timeout_s <= 900 && floor(var.timeout_s) == var.timeout_s
    error_message = "A Lambda request may take 1 to 900 seconds, in whole seconds."
  }
}

variable "concurrency" {
  description = "Requests at a time, each of which has an instance of its own: an end to what it may cost, taken from the account's. Null: the account's; 0: stopped."
  type        = number
  default     = null

  validation {
    condition     = var.concurrency == null || try(var.concurrency >= 0 && var.concurrency <= 100000 && floor(var.concurrency) == var.concurrency, false)
    error_message = "Concurrency is a whole number from 0, or null."
  }
}

variable "env" {
  description = "Further environment variables of the container, e.g. THREADS, URL_INPUT, CACHE_MB."
  type        = map(string)
  default     = {}

  validation {
    condition = alltrue([for name in keys(var.env) : !contains([
      "MODEL_STORE", "DEFAULT_MODEL", "API_KEYS", "ALLOW_ANONYMOUS", "QUOTA", "QUOTA_STORE",
    ], name) && !startswith(name, "AWS_")])
    error_message = "env sets what has a variable of its own (model_store, default_model, key_hashes, allow_anonymous, quota), or what Lambda sets (AWS_...)."
  }

  validation {
    condition     = alltrue([for name in keys(var.env) : can(regex("^[A-Z][A-Z0-9_]*$", name))])
    error_message = "An environment variable's name has capitals, digits and underscores."
  }
}

variable "log_days" {
  description = "Days that logs are kept."
  type        = number
  default     = 30

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_days)
    error_message = "CloudWatch keeps logs for 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731 or more days."
  }
}

variable "tags" {
  description = "Tags of all that takes them."
  type        = map(string)
  default     = {}
}

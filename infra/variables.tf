# What runs, and where. Who may call it: variables_access.tf. By which way: variables_network.tf.

variable "project" {
  description = "Id of the Google Cloud project."
  type        = string

  validation {
    condition     = can(regex("^([a-z0-9.-]+:)?[a-z][-a-z0-9]{4,28}[a-z0-9]$", var.project))
    error_message = "A project's id (not its name or number) has 6 to 30 lower-case letters, digits and hyphens, e.g. my-project-123."
  }
}

variable "regions" {
  description = "Regions to serve from; the first is also the image repository's, unless `repositories` says otherwise."
  type        = list(string)

  validation {
    condition     = length(var.regions) > 0 && length(distinct(var.regions)) == length(var.regions)
    error_message = "Name one region or more, each of them once."
  }

  validation {
    condition = length(setsubtract(var.regions, keys(local.facts))) == 0
    error_message = format("Cloud Run has no region %s. Those it has: %s.",
    join(", ", setsubtract(var.regions, keys(local.facts))), join(", ", keys(local.facts)))
  }
}

variable "name" {
  description = "Name of the service, the same in each region, and of what is made around it."
  type        = string
  default     = "yolo-endpoint"

  validation {
    condition     = can(regex("^[a-z]([-a-z0-9]{0,20}[a-z0-9])?$", var.name))
    error_message = "The name has 1 to 22 lower-case letters, digits and hyphens, begins with a letter and does not end in a hyphen: with -runtime it becomes an account's id of at most 30."
  }
}

variable "image" {
  description = <<-EOT
    What to run: NAME:TAG or NAME@sha256:... in the repository that is made here, or a full reference. Null makes
    all but the services: the first apply, which makes the place to push to. Keep it in a .tfvars file: a later apply
    without it takes the services away. Prefer a digest: a tag that is moved is no change that Terraform sees.
  EOT
  type        = string
  default     = null

  validation {
    condition     = var.image == null || can(regex("^[a-z0-9][^\\s:@]*(:[^\\s:@]+|@sha256:[0-9a-f]{64})$", coalesce(var.image, "-")))
    error_message = "The image ends in :TAG or @sha256:DIGEST, e.g. yolo-endpoint:1.0."
  }

  validation {
    condition     = var.repositories == null || try(length(var.repositories) > 0, true) || var.image == null || strcontains(coalesce(var.image, "-"), "/")
    error_message = "Where no repository is made (repositories = []) the image is a full reference, e.g. REGION-docker.pkg.dev/PROJECT/REPOSITORY/NAME:TAG."
  }
}

variable "repositories" {
  description = "Locations of the Artifact Registry repositories to make. Null: one in the first region. A service pulls from its own region where there is one."
  type        = list(string)
  default     = null

  validation {
    condition     = var.repositories == null || length(setsubtract(coalesce(var.repositories, []), concat(keys(local.facts), ["us", "europe", "asia"]))) == 0
    error_message = "A repository is in a region, or in us, europe or asia."
  }
}

variable "model_store" {
  description = "Folder of models: gs://BUCKET or gs://BUCKET/PREFIX. Null: the small built-in weights."
  type        = string
  default     = null

  validation {
    condition     = var.model_store == null || can(regex("^gs://[a-z0-9][-_.a-z0-9]{1,220}[a-z0-9](/[^\\s\"\\\\?#*/]+)*/?$", coalesce(var.model_store, "-")))
    error_message = "The model store on Google Cloud is gs://BUCKET or gs://BUCKET/PREFIX."
  }
}

variable "default_model" {
  description = "Model that answers routes which name none; null leaves it to the store."
  type        = string
  default     = null
}

variable "service" {
  description = <<-EOT
    What each region's service is like; `overrides` changes it for a region. vCPUs (2; with an L4 4, with an RTX PRO
    6000 20), memory in GiB (4; 16; 80), a GPU (nvidia-l4, nvidia-rtx-pro-6000) and whether a second zone is kept for
    it, instances at least and at most, requests that one instance takes at a time, seconds for a request, seconds for
    a start.
  EOT
  type = object({
    cpu                  = optional(number)
    memory_gib           = optional(number)
    gpu                  = optional(string)
    gpu_zonal_redundancy = optional(bool, false)
    min                  = optional(number, 0)
    max                  = optional(number, 3)
    concurrency          = optional(number, 8)
    timeout_s            = optional(number, 300)
    startup_s            = optional(number, 120)
  })
  default = {}
}

variable "overrides" {
  description = "Region -> what is different there: any part of `service`."
  type = map(object({
    cpu                  = optional(number)
    memory_gib           = optional(number)
    gpu                  = optional(string)
    gpu_zonal_redundancy = optional(bool)
    min                  = optional(number)
    max                  = optional(number)
    concurrency          = optional(number)
    timeout_s            = optional(number)
    startup_s            = optional(number)
  }))
  default = {}

  validation {
    condition     = length(setsubtract(keys(var.overrides), var.regions)) == 0
    error_message = "overrides names regions that are not in regions: ${join(", ", setsubtract(keys(var.overrides), var.regions))}."
  }
}

variable "env" {
  description = "Further environment variables of the container, e.g. CONCURRENCY, MAX_BODY_MB, URL_INPUT, CACHE_MB."
  type        = map(string)
  default     = {}

  validation {
    condition = alltrue([for name in keys(var.env) : !contains([
      "MODEL_STORE", "DEFAULT_MODEL", "API_KEYS", "API_KEYS_FILE", "ALLOW_ANONYMOUS", "QUOTA", "QUOTA_STORE", "SISTER_URLS",
      "PORT", "K_SERVICE", "K_REVISION", "K_CONFIGURATION",
    ], name)])
    error_message = "env sets what has a variable of its own (model_store, default_model, keys, allow_anonymous, quota, sister_urls), or what Cloud Run sets."
  }

  validation {
    condition     = alltrue([for name in keys(var.env) : can(regex("^[A-Z][A-Z0-9_]*$", name))])
    error_message = "An environment variable's name has capitals, digits and underscores."
  }
}

variable "labels" {
  description = "Labels of all that takes them, e.g. { team = \"vision\" }."
  type        = map(string)
  default     = {}

  validation {
    condition     = alltrue([for key, value in var.labels : can(regex("^[a-z][-_a-z0-9]{0,62}$", key)) && can(regex("^[-_a-z0-9]{0,63}$", value))])
    error_message = "Labels have lower-case letters, digits, hyphens and underscores, at most 63; a key begins with a letter."
  }
}

variable "deletion_protection" {
  description = "Whether terraform destroy refuses to delete the services."
  type        = bool
  default     = false
}

variable "enable_apis" {
  description = "Whether the APIs that are needed are enabled here; they stay enabled when all is destroyed."
  type        = bool
  default     = true
}

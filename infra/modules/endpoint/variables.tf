variable "project" {
  description = "Id of the Google Cloud project."
  type        = string
}

variable "name" {
  description = "Name of the service; the same in every region."
  type        = string

  validation {
    condition     = can(regex("^[a-z]([-a-z0-9]{0,47}[a-z0-9])?$", var.name))
    error_message = "A service's name has 1 to 49 lower-case letters, digits and hyphens, begins with a letter and does not end in a hyphen."
  }
}

variable "region" {
  description = "Region of the service, e.g. europe-west4; regions.json lists them."
  type        = string

  validation {
    condition     = contains(keys(jsondecode(file("${path.module}/../../regions.json"))), var.region)
    error_message = "Cloud Run has no region ${var.region}; regions.json lists those it has."
  }
}

variable "image" {
  description = "The container image; a digest (NAME@sha256:...) makes every apply say what it deploys. Null: no service yet."
  type        = string

  validation {
    condition     = var.image == null || can(regex("^[^\\s/]+(/[^\\s/]+)+$", coalesce(var.image, "-")))
    error_message = "The image is a full reference, e.g. europe-west4-docker.pkg.dev/PROJECT/yolo/endpoint@sha256:..."
  }
}

variable "gpu" {
  description = "Null for none, nvidia-l4 or nvidia-rtx-pro-6000, where the region has it."
  type        = string
  default     = null

  validation {
    condition     = var.gpu == null || contains(["nvidia-l4", "nvidia-rtx-pro-6000"], coalesce(var.gpu, "none"))
    error_message = "Cloud Run has two GPUs: nvidia-l4 and nvidia-rtx-pro-6000."
  }

  validation {
    condition = var.gpu == null || !contains(["nvidia-l4", "nvidia-rtx-pro-6000"], coalesce(var.gpu, "none")) || can(
      jsondecode(file("${path.module}/../../regions.json"))[var.region].gpu[var.gpu]
    )
    error_message = "${var.region} has no ${coalesce(var.gpu, "GPU")}. It is in: ${join(", ", [
      for name, facts in jsondecode(file("${path.module}/../../regions.json")) : name
      if contains(keys(facts.gpu), coalesce(var.gpu, "none"))
    ])}."
  }
}

variable "cpu" {
  description = "vCPUs of an instance. Null: 2; with an L4 4, with an RTX PRO 6000 20."
  type        = number
  default     = null

  validation {
    condition     = contains(local.size.cpus, coalesce(var.cpu, local.size.cpus[0]))
    error_message = "Cloud Run gives such an instance one of ${join(", ", local.size.cpus)} vCPUs (GPU: ${coalesce(var.gpu, "none")})."
  }
}

variable "memory_gib" {
  description = "Memory of an instance in GiB; files count against it. Null: 4; with an L4 16, with an RTX PRO 6000 80."
  type        = number
  default     = null

  validation {
    condition = try(
      coalesce(var.memory_gib, local.size.memory) <= local.room[local.cpu].high && coalesce(var.memory_gib, local.size.memory) >= (
        var.gpu == null ? local.room[local.cpu].low : local.size.memory
      ),
      true, # as many vCPUs there are not: the other variable says so
    )
    error_message = "Memory and vCPUs do not fit: 1 vCPU takes 0.5 to 4 GiB, 2 to 8, 4 from 2 to 16, 6 from 4 to 24, 8 from 4 to 32; an nvidia-l4 from 16 within these, an nvidia-rtx-pro-6000 80 to 177."
  }

  validation {
    condition     = coalesce(var.memory_gib, 4) * 4 == floor(coalesce(var.memory_gib, 4) * 4)
    error_message = "Memory comes in quarters of a GiB."
  }
}

variable "gpu_zonal_redundancy" {
  description = "Keeps a GPU in reserve in a second zone: dearer, and a quota of its own."
  type        = bool
  default     = false
}

variable "scaling" {
  description = "Instances at least and at most, and requests that one instance takes at a time."
  type = object({
    min         = optional(number, 0)
    max         = optional(number, 3)
    concurrency = optional(number, 8)
  })
  default = {}

  validation {
    condition     = var.scaling.min >= 0 && var.scaling.max >= 1 && var.scaling.min <= var.scaling.max && floor(var.scaling.min) == var.scaling.min && floor(var.scaling.max) == var.scaling.max
    error_message = "min is a whole number from 0, max from 1, and min is not above max. To refuse requests, stop the endpoint instead."
  }

  validation {
    condition     = var.scaling.concurrency >= 1 && var.scaling.concurrency <= 1000 && floor(var.scaling.concurrency) == var.scaling.concurrency
    error_message = "An instance takes 1 to 1000 requests at a time."
  }
}

variable "timeout_s" {
  description = "Seconds that a request may take, the start of a container included."
  type        = number
  default     = 300

  validation {
    condition     = var.timeout_s >= 1 && var.timeout_s <= 3600 && floor(var.timeout_s) == var.timeout_s
    error_message = "A request may take 1 to 3600 seconds, in whole seconds."
  }
}

variable "startup_s" {
  description = "Seconds that a container may take until /health answers."
  type        = number
  default     = 120

  validation {
    condition     = var.startup_s >= 5 && var.startup_s <= 240 && floor(var.startup_s) == var.startup_s
    error_message = "Cloud Run waits 240 seconds at most for a container to start; give 5 to 240, in whole seconds."
  }
}

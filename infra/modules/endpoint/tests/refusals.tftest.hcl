mock_provider "google" {}

variables {
  project         = "project"
  name            = "yolo"
  region          = "europe-west4"
  image           = "europe-west4-docker.pkg.dev/project/yolo/endpoint:1"
  service_account = "yolo-runtime@project.iam.gserviceaccount.com"
}

run "name_in_capitals" {
  command = plan
  variables {
    name = "Yolo"
  }
  expect_failures = [var.name]
}

run "name_too_long" {
  command = plan
  variables {
    name = "y234567890123456789012345678901234567890123456789x"
  }
  expect_failures = [var.name]
}

run "no_such_region" {
  command = plan
  variables {
    region = "mars-north1"
  }
  expect_failures = [var.region]
}

run "image_without_a_registry" {
  command = plan
  variables {
    image = "endpoint:1"
  }
  expect_failures = [var.image]
}

run "no_such_gpu" {
  command = plan
  variables {
    gpu = "nvidia-h100"
  }
  expect_failures = [var.gpu]
}

run "gpu_where_there_is_none" {
  command = plan
  variables {
    gpu    = "nvidia-l4"
    region = "us-west1"
  }
  expect_failures = [var.gpu]
}

run "other_gpu_than_the_region_has" {
  command = plan
  variables {
    gpu    = "nvidia-rtx-pro-6000"
    region = "us-east4"
  }
  expect_failures = [var.gpu]
}

run "gpu_by_invitation" {
  command = plan
  variables {
    gpu    = "nvidia-l4"
    region = "asia-south1"
  }
  expect_failures = [check.gpu_is_open]
}

run "three_processors" {
  command = plan
  variables {
    cpu = 3
  }
  expect_failures = [var.cpu]
}

run "two_processors_beside_a_gpu" {
  command = plan
  variables {
    cpu = 2
    gpu = "nvidia-l4"
  }
  expect_failures = [var.cpu]
}

run "memory_beyond_the_processors" {
  command = plan
  variables {
    cpu        = 2
    memory_gib = 9
  }
  expect_failures = [var.memory_gib]
}

run "memory_below_the_processors" {
  command = plan
  variables {
    cpu        = 8
    memory_gib = 2
  }
  expect_failures = [var.memory_gib]
}

run "memory_below_the_gpu" {
  command = plan
  variables {
    gpu        = "nvidia-l4"
    memory_gib = 8
  }
  expect_failures = [var.memory_gib]
}

run "crooked_memory" {
  command = plan
  variables {
    memory_gib = 1.3
  }
  expect_failures = [var.memory_gib]
}

run "fewer_at_most_than_at_least" {
  command = plan
  variables {
    scaling = { min = 4, max = 3 }
  }
  expect_failures = [var.scaling]
}

run "none_at_most" {
  command = plan
  variables {
    scaling = { max = 0 }
  }
  expect_failures = [var.scaling]
}

run "too_many_requests_at_a_time" {
  command = plan
  variables {
    scaling = { concurrency = 1001 }
  }
  expect_failures = [var.scaling]
}

run "request_beyond_an_hour" {
  command = plan
  variables {
    timeout_s = 3601
  }
  expect_failures = [var.timeout_s]
}

run "start_beyond_four_minutes" {
  command = plan
  variables {
    startup_s = 241
  }
  expect_failures = [var.startup_s]
}

run "no_such_ingress" {
  command = plan
  variables {
    ingress = "public"
  }
  expect_failures = [var.ingress]
}

run "no_such_egress" {
  command = plan
  variables {
    vpc = { network = "n", subnetwork = "s", egress = "all" }
  }
  expect_failures = [var.vpc]
}

run "memory_beyond_the_processors_beside_a_gpu" {
  command = plan
  variables {
    gpu        = "nvidia-l4" # with the 4 vCPUs that go with it
    memory_gib = 24
  }
  expect_failures = [var.memory_gib]
}

run "memory_beyond_the_large_gpu" {
  command = plan
  variables {
    gpu        = "nvidia-rtx-pro-6000"
    memory_gib = 178
  }
  expect_failures = [var.memory_gib]
}

// The same request in the languages and SDKs that people use; filled in with this address, model and parameters.

const KEY = "YOUR_API_KEY";

const literal = (value) => JSON.stringify(value); // good Python and good JavaScript, for text and numbers
const python = (fields) => `{${Object.entries(fields).map(([name, value]) => `"${name}": ${literal(value)}`).join(", ")}}`;
const shell = (text) => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

// ask: {url, base, model, fields, video, file}
const curl = ({ url, fields, file }) =>
  [
    `curl ${shell(url)}`,
    `  -H ${shell(`Authorization: Bearer ${KEY}`)}`,
    `  -F ${shell(`file=@${file}`)}`,
    ...Object.entries(fields).map(([name, value]) => `  -F ${name}=${value}`),
  ].join(" \\\n");

const requests = ({ url, fields, file }) => `import requests

with open(${literal(file)}, "rb") as file:
    response = requests.post(
        ${literal(url)},
        headers={"Authorization": "Bearer ${KEY}"},
        files={"file": file},
        data=${python(fields)},
        timeout=60,
    )
response.raise_for_status()

for image in response.json()["images"]:
    for row in image["results"]:
        print(row["name"], row["confidence"], row.get("box"))`;

const javascript = ({ url, fields }) => `const [file] = document.querySelector("input[type=file]").files;

const body = new FormData();
body.append("file", file);
${Object.entries(fields).map(([name, value]) => `body.append("${name}", ${literal(value)});`).join("\n")}

const response = await fetch(${literal(url)}, {
  method: "POST",
  headers: { Authorization: "Bearer ${KEY}" },
  body,
});
const answer = await response.json();
if (!response.ok) throw new Error(answer.error);

for (const { results } of answer.images) {
  for (const { name, confidence, box } of results) console.log(name, confidence, box);
}`;

// The SDK names a model by three parts, of which the endpoint needs the last ones.
function platform({ base, model, fields, file }) {
  const parts = model.split("/");
  if (parts.length > 3) return "# This SDK names a model by three parts; give this one a shorter alias in models.json.";
  const named = [...["me", "models"].slice(0, 3 - parts.length), ...parts].map(literal).join(", ");
  return `from ultralytics_platform import Platform

with Platform(api_key="${KEY}", base_url=${literal(base)}) as platform:
    with open(${literal(file)}, "rb") as file:
        answer = platform.models.predict(
            ${named},
            body={"file": file, ${python(fields).slice(1, -1)}},
        )

for image in answer["images"]:
    for row in image["results"]:
        print(row["name"], row["confidence"], row.get("box"))`;
}

function roboflow({ base, model, fields, video, file }) {
  if (video) return "# This SDK sends pictures only; for a video, take another one.";
  const id = model.includes("/") ? model : `${model}/1`; // a dataset and its version
  const settings = `confidence_threshold=${fields.conf}, iou_threshold=${fields.iou}`;
  const note = fields.imgsz ? "# This SDK sends no image size: the model's own is taken.\n" : "";
  return `${note}from inference_sdk import InferenceConfiguration, InferenceHTTPClient

client = InferenceHTTPClient(api_url=${literal(base)}, api_key="${KEY}")
client.configure(InferenceConfiguration(${settings}))
answer = client.infer(${literal(file)}, model_id=${literal(id)})

for row in answer["predictions"]:
    print(row["class"], row["confidence"])`;
}

export const SNIPPETS = { curl, requests, javascript, platform, roboflow };

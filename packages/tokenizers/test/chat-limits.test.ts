import { applyChatTemplate, chatTemplate } from "@adjoint/tokenizers";
import { expect, it } from "vitest";

it.each([
  "{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}",
  "{% for a in range(999) %}{% for b in range(999) %}{% for c in range(999) %}{% endfor %}{% endfor %}{% endfor %}",
])("a template whose loops do nothing ends: %s", (source) => {
  const template = chatTemplate(source);
  if (template._tag === "Left") throw template.left;
  const started = performance.now();
  const text = applyChatTemplate(template.right, []);
  expect(text._tag === "Left" && text.left.message).toMatch(/a template must end/);
  expect(performance.now() - started).toBeLessThan(10_000);
});

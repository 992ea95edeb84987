import { AdjointError } from "@adjoint/core";

/** A chat template is no Jinja, does not fit the messages, complains itself, or takes too long. */
export class ChatTemplateError extends AdjointError {
  override readonly name = "ChatTemplateError";
}

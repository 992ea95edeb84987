"""PyTorch's nn.Transformer (norms last) between embeddings and scores as the paper of 2017 has them."""

import torch


class Transformer2017(torch.nn.Module):
    def __init__(self, width: int, layers: int, heads: int, vocab: int):
        super().__init__()
        self.width = width
        self.embed = torch.nn.Embedding(vocab, width)
        self.transformer = torch.nn.Transformer(width, heads, layers, layers, 4 * width, dropout=0.0, batch_first=True)

    def places(self, ids):
        position = torch.arange(ids.shape[1])[:, None]
        inverse = 10000 ** (-torch.arange(0, self.width, 2) / self.width)
        waves = torch.stack([(position * inverse).sin(), (position * inverse).cos()], -1).flatten(1)
        return self.embed(ids) * self.width**0.5 + waves

    def forward(self, source, target):
        causal = torch.nn.Transformer.generate_square_subsequent_mask(target.shape[1])
        y = self.transformer(self.places(source), self.places(target), tgt_mask=causal, tgt_is_causal=True)
        return y @ self.embed.weight.T

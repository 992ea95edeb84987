/** Merges by rank, then by place: a heap of four children a node in two arrays. */
export class MergeHeap {
  length = 0;
  private ranks: Int32Array;
  private places: Int32Array;

  constructor(capacity: number) {
    this.ranks = new Int32Array(Math.max(capacity, 16));
    this.places = new Int32Array(this.ranks.length);
  }

  /** Rank of the first; only where `length` > 0. */
  get topRank(): number {
    return this.ranks[0] ?? 0;
  }

  /** Place of the first; only where `length` > 0. */
  get topPlace(): number {
    return this.places[0] ?? 0;
  }

  push(rank: number, place: number): void {
    if (this.length === this.ranks.length) this.grow();
    const { ranks, places } = this;
    let at = this.length++;
    while (at > 0) {
      const parent = (at - 1) >> 2;
      const parentRank = ranks[parent] ?? 0;
      const parentPlace = places[parent] ?? 0;
      if (parentRank < rank || (parentRank === rank && parentPlace <= place)) break;
      ranks[at] = parentRank;
      places[at] = parentPlace;
      at = parent;
    }
    ranks[at] = rank;
    places[at] = place;
  }

  pop(): void {
    const { ranks, places } = this;
    const last = --this.length;
    const rank = ranks[last] ?? 0;
    const place = places[last] ?? 0;
    let at = 0;
    for (;;) {
      const first = at * 4 + 1;
      if (first >= last) break;
      let least = first;
      const end = Math.min(first + 4, last);
      for (let child = first + 1; child < end; child++) {
        const [a, b] = [ranks[child] ?? 0, ranks[least] ?? 0];
        if (a < b || (a === b && (places[child] ?? 0) < (places[least] ?? 0))) least = child;
      }
      const leastRank = ranks[least] ?? 0;
      const leastPlace = places[least] ?? 0;
      if (rank < leastRank || (rank === leastRank && place <= leastPlace)) break;
      ranks[at] = leastRank;
      places[at] = leastPlace;
      at = least;
    }
    ranks[at] = rank;
    places[at] = place;
  }

  private grow(): void {
    const ranks = new Int32Array(this.ranks.length * 2);
    const places = new Int32Array(this.ranks.length * 2);
    ranks.set(this.ranks);
    places.set(this.places);
    this.ranks = ranks;
    this.places = places;
  }
}

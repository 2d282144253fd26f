/** Keeps the best few of many items, in their order. */
export class BestList<Item> {
  /** The items, best first. */
  readonly items: Item[] = [];
  readonly #most: number;
  readonly #comesBefore: (a: Item, b: Item) => boolean;

  constructor(most: number, comesBefore: (a: Item, b: Item) => boolean) {
    this.#most = most;
    this.#comesBefore = comesBefore;
  }

  /** Adds an item, unless the list is full of better ones. */
  add(item: Item): void {
    const { items } = this;
    if (items.length === this.#most) {
      if (!this.#comesBefore(item, items[items.length - 1])) return;
      items.pop();
    }
    let place = items.length;
    while (place > 0 && this.#comesBefore(item, items[place - 1])) place--;
    items.splice(place, 0, item);
  }
}

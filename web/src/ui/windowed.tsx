// A long list of which only what is to be seen is in the document. Rows may have any height: each is measured once it is there, the others
// are guessed. What one looks at stays where it is while rows come, go and grow; at the end, one stays at the end.

import { Component, createRef, type ComponentChildren, type VNode } from "preact";

interface Props<T extends object> {
  items: readonly T[];
  /** A row: an `li` with a key. */
  row: (item: T, index: number) => VNode;
  /** Height of a row that was never seen, in pixels. */
  guess: number;
  /** Whether it starts, and stays, at the end. */
  fromEnd?: boolean;
  /** Is called when the beginning is near. */
  onStart?: () => void;
  /** Is called with whether the end is to be seen. */
  onEnd?: (isAtEnd: boolean) => void;
  label: string;
  class?: string;
  children?: ComponentChildren;
}

/** Rows are kept in the document so far beyond what is to be seen, in pixels. */
const BEYOND = 240;

/** So near is near enough, in pixels. */
const NEAR = 600;

export class Windowed<T extends object> extends Component<Props<T>, { from: number; to: number }> {
  override state = { from: 0, to: 0 };
  #box = createRef<HTMLDivElement>();
  #list = createRef<HTMLOListElement>();
  #heights = new WeakMap<T, number>();
  /** Where each row begins, and where the last ends. */
  #tops = new Float64Array(1);
  #topsOf: readonly T[] | undefined;
  /** How high a row that was never seen is in them. */
  #unseen = 0;
  #seen = 0;
  #seenHeight = 0;
  /** The row at the upper edge, and how far it has gone beyond. */
  #anchor: T | undefined;
  #gone = 0;
  #isAtEnd = this.props.fromEnd ?? false;
  #resize: ResizeObserver | undefined;
  #width = 0;

  override componentDidMount() {
    const box = this.#box.current;
    if (!box) return;
    this.#resize = new ResizeObserver(() => {
      // Texts break elsewhere in another width.
      if (box.clientWidth !== this.#width) this.#heights = new WeakMap();
      this.#width = box.clientWidth;
      this.#topsOf = undefined;
      this.#settle();
    });
    this.#resize.observe(box);
    this.#width = box.clientWidth;
    this.#settle();
  }

  override componentDidUpdate() {
    this.#settle();
  }

  override componentWillUnmount() {
    this.#resize?.disconnect();
  }

  /** Goes to the end. */
  toEnd() {
    this.#isAtEnd = true;
    this.#settle();
    this.props.onEnd?.(true);
  }

  render({ items, row, label, children }: Props<T>) {
    const tops = this.#measuredTops();
    const to = Math.min(this.state.to, items.length);
    const from = Math.min(this.state.from, to);
    const rows = items.slice(from, to).map((item, index) => row(item, from + index));
    const padding = { paddingTop: `${tops[from] ?? 0}px`, paddingBottom: `${(tops[items.length] ?? 0) - (tops[to] ?? 0)}px` };
    return (
      <div ref={this.#box} class={`scroll ${this.props.class ?? ""}`} onScroll={this.#scrolled} tabIndex={0} role="group" aria-label={label}>
        {children}
        <ol ref={this.#list} role="list" style={padding}>
          {rows}
        </ol>
      </div>
    );
  }

  #scrolled = () => {
    const box = this.#box.current;
    if (!box) return;
    const top = box.scrollTop - this.#offset();
    const tops = this.#measuredTops();
    const index = rowAt(tops, top);
    this.#anchor = this.props.items[index];
    this.#gone = top - (tops[index] ?? 0);
    const isAtEnd = box.scrollTop + box.clientHeight >= box.scrollHeight - 8;
    if (isAtEnd !== this.#isAtEnd) {
      this.#isAtEnd = isAtEnd;
      this.props.onEnd?.(isAtEnd);
    }
    this.#choose(top, box.clientHeight);
    if (top < NEAR) this.props.onStart?.();
  };

  /** How far down the first row is. */
  #offset() {
    return this.#list.current?.offsetTop ?? 0;
  }

  /** Takes in how high the rows are that are there, and puts what one looks at back where it was. */
  #settle() {
    const [box, list] = [this.#box.current, this.#list.current];
    if (!box || !list || box.clientHeight === 0) return;
    // All is read before anything is written: else the browser lays the page out more than once.
    let { scrollTop } = box;
    const { clientHeight } = box;
    const offset = this.#offset();
    this.#measure(list);
    const tops = this.#measuredTops();
    const { items, fromEnd } = this.props;
    const { from, to } = this.state;
    // Before the browser paints, not with the next rendering.
    list.style.paddingTop = `${tops[Math.min(from, items.length)] ?? 0}px`;
    list.style.paddingBottom = `${(tops[items.length] ?? 0) - (tops[Math.min(to, items.length)] ?? 0)}px`;
    if (fromEnd && this.#isAtEnd) {
      box.scrollTop = box.scrollHeight;
      ({ scrollTop } = box);
    } else if (this.#anchor) {
      const index = items.indexOf(this.#anchor);
      if (index >= 0) {
        const top = (tops[index] ?? 0) + this.#gone + offset;
        if (Math.abs(scrollTop - top) > 1) {
          box.scrollTop = top;
          ({ scrollTop } = box);
        }
      }
    }
    this.#choose(scrollTop - offset, clientHeight);
    if (items.length > 0 && scrollTop < NEAR) this.props.onStart?.();
  }

  /** Chooses the rows that are to be there, with so much to be seen from `top` on. */
  #choose(top: number, height: number) {
    const tops = this.#measuredTops();
    const from = rowAt(tops, top - BEYOND);
    const to = Math.min(this.props.items.length, rowAt(tops, top + height + BEYOND) + 1);
    if (from !== this.state.from || to !== this.state.to) this.setState({ from, to });
  }

  #measure(list: HTMLOListElement) {
    const { items } = this.props;
    const { from } = this.state;
    const tops = this.#measuredTops();
    /** By how much the rows from `next` on stand lower than they did. */
    let lower = 0;
    let next = from + 1;
    for (const [index, row] of [...list.children].entries()) {
      const item = items[from + index];
      if (!item) continue;
      const height = row.getBoundingClientRect().height;
      const known = this.#heights.get(item);
      if (known === undefined || Math.abs(known - height) >= 0.5) {
        if (known === undefined) {
          this.#seen++;
          this.#seenHeight += height;
        }
        this.#heights.set(item, height);
        lower += height - (known ?? this.#unseen);
      }
      next = from + index + 1;
      tops[next] = (tops[next] ?? 0) + lower;
    }
    // Without asking for the height of each again: there may be ten thousand, at each step that one scrolls.
    if (lower !== 0) for (next++; next < tops.length; next++) tops[next] = (tops[next] ?? 0) + lower;
    if (Math.abs(this.#guess() - this.#unseen) > this.#unseen / 4) this.#topsOf = undefined;
  }

  /** How high a row may be that was never seen. */
  #guess() {
    return this.#seen > 20 ? this.#seenHeight / this.#seen : this.props.guess;
  }

  #measuredTops(): Float64Array {
    const { items } = this.props;
    if (this.#topsOf === items) return this.#tops;
    this.#unseen = this.#guess();
    const tops = new Float64Array(items.length + 1);
    let top = 0;
    for (let index = 0; index < items.length; index++) {
      const item = items[index];
      top += (item && this.#heights.get(item)) ?? this.#unseen;
      tops[index + 1] = top;
    }
    this.#tops = tops;
    this.#topsOf = items;
    return tops;
  }
}

/** The row that is there, at least the first and at most the last. */
function rowAt(tops: Float64Array, y: number): number {
  let [low, high] = [0, Math.max(0, tops.length - 2)];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((tops[middle] ?? 0) <= y) low = middle;
    else high = middle - 1;
  }
  return low;
}

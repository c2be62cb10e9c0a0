// The few pictures, drawn here; each is beside words or has a label.

const ICONS = {
  back: "M15 5l-7 7 7 7",
  more: "M12 5.500v.01M12 12v.01M12 18.500v.01",
  nudge: "M8.500 6.500h7v11h-7zM5 9l-1.500 3L5 15M19 9l1.500 3-1.500 3",
  send: "M4.500 12h14M13 6.500l5.500 5.500-5.500 5.500",
  add: "M12 5v14M5 12h14",
  group: "M9 11a3 3 0 100-6 3 3 0 000 6zM3.500 19c.4-3.300 2.600-5 5.500-5s5.100 1.700 5.500 5M16 5.500a2.800 2.800 0 010 5.200M17 14.300c2 .6 3.300 2.200 3.600 4.700",
  close: "M6.500 6.500l11 11M17.500 6.500l-11 11",
  info: "M12 11v6M12 7.500v.01M12 21a9 9 0 100-18 9 9 0 000 18z",
  down: "M6 9.500l6 6 6-6",
} as const;

export function Icon({ is }: { is: keyof typeof ICONS }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
      <path d={ICONS[is]} />
    </svg>
  );
}

import { PARTIAL_KINDS, QUIET_KINDS, type ReasonKind } from '../../model/reason.ts';
import type { Field, Kind, Raw, Shape } from './shapes.ts';
import { type UnknownFact, unknownField } from './unknown-fact.ts';

/** Objects of sections in the form that expressions read: fields that were not seen throw instead of having a value. */
export interface Views {
  /** A stored value as an expression sees it. Lists and maps are made once for all rules that read them. */
  wrap(kind: Kind, raw: unknown): unknown;
  /** The class of the views of a shape. */
  classOf(shape: Shape): ViewClass;
}

/** A class whose objects show the fields of a shape. */
export type ViewClass = new (raw: Raw) => object;

/** The type of a kind, as the checker of expressions writes it. */
export function typeOf(kind: Kind): string {
  if (kind === 'number') return 'double';
  if (kind === 'instant') return 'google.protobuf.Timestamp';
  if (typeof kind === 'string') return kind;
  if ('list' in kind) return `list<${typeOf(kind.list)}>`;
  if ('set' in kind) return `list<${typeOf(kind.set)}>`;
  return 'map' in kind ? `map<string, ${typeOf(kind.map)}>` : kind.shape.name;
}

/** The same for a field: one that may be null is written `dyn<...>`, which null passes and other types do not. */
export function typeOfField(field: Field): string {
  const type = typeOf(field.kind);
  return field.nullable === true ? `dyn<${type}>` : type;
}

/** Every shape that can be reached from some kinds, by name, those that others contain first. */
export function shapesIn(kinds: readonly Kind[]): ReadonlyMap<string, Shape> {
  const found = new Map<string, Shape>();
  for (const kind of kinds) addShapes(kind, found);
  return found;
}

function addShapes(kind: Kind, found: Map<string, Shape>): void {
  if (typeof kind === 'string') return;
  if ('list' in kind) addShapes(kind.list, found);
  else if ('set' in kind) addShapes(kind.set, found);
  else if ('map' in kind) addShapes(kind.map, found);
  else {
    for (const field of Object.values(kind.shape.fields)) addShapes(field.kind, found);
    found.set(kind.shape.name, kind.shape);
  }
}

/** Views for the rules of one process. */
export function createViews(): Views {
  // By shape and not by its name: every rule has `Options` of its own.
  const classes = new Map<Shape, ViewClass>();
  const made = new WeakMap<object, unknown>();
  const once = (raw: object, make: () => unknown): unknown => {
    const known = made.get(raw);
    if (known !== undefined) return known;
    const value = make();
    made.set(raw, value);
    return value;
  };
  const maker: Maker = {
    make(kind, raw) {
      if (typeof kind === 'string') return kind === 'instant' ? toInstant(raw) : raw;
      if (typeof raw !== 'object' || raw === null) return raw;
      if ('list' in kind) return listOf(raw).map((item) => maker.make(kind.list, item));
      if ('set' in kind) return new Set(listOf(raw).map((item) => maker.make(kind.set, item)));
      if ('map' in kind) {
        const map = new Map<string, unknown>();
        for (const [name, value] of Object.entries(raw)) map.set(name, maker.make(kind.map, value));
        return map;
      }
      const View = maker.classOf(kind.shape);
      return isRaw(raw) ? new View(raw) : raw;
    },
    classOf(shape) {
      const known = classes.get(shape);
      if (known !== undefined) return known;
      const created = createClass(shape, maker);
      classes.set(shape, created);
      return created;
    },
  };
  return {
    classOf: (shape) => maker.classOf(shape),
    // What is inside is kept by the view that it was asked of: of 100,000 members, it goes with its member.
    wrap: (kind, raw) =>
      typeof raw === 'object' && raw !== null ? once(raw, () => maker.make(kind, raw)) : maker.make(kind, raw),
  };
}

/** Makes views, anew each time. */
interface Maker {
  make(kind: Kind, raw: unknown): unknown;
  classOf(shape: Shape): ViewClass;
}

function createClass(shape: Shape, maker: Maker): ViewClass {
  class View {
    // Not fields of any shape, so no expression can name them.
    readonly $raw: Raw;
    $made: unknown[] | null = null;

    constructor(raw: Raw) {
      this.$raw = raw;
    }
  }
  for (const [place, [name, field]] of Object.entries(shape.fields).entries()) {
    const read = reader(name, field, maker);
    Object.defineProperty(View.prototype, name, {
      get:
        typeof field.kind === 'string'
          ? function (this: View) {
              return read(this.$raw);
            }
          : // Lists and maps are made once a view: an expression often asks whether something is there before it reads it.
            function (this: View) {
              this.$made ??= [];
              this.$made[place] ??= read(this.$raw);
              return this.$made[place];
            },
    });
  }
  return View;
}

function reader(name: string, field: Field, maker: Maker): (raw: Raw) => unknown {
  const { kind, compute } = field;
  const fail = failer(name);
  const show = converter(kind, maker);
  if (compute !== undefined) return (raw) => show(compute(raw));
  if (field.fact === true) {
    return (raw) => {
      const fact = raw[name];
      if (isHoled(raw, name)) return fail('not_collected');
      if (!isRaw(fact) || fact['known'] !== true) return fail(isRaw(fact) ? fact['why'] : null);
      return show(fact['value']);
    };
  }
  return (raw) => {
    if (field.lostWhenBroken === true && raw['broken'] === true) return fail('not_visible');
    return show(raw[name]);
  };
}

/** Shows stored values, and keeps the last one: an expression often asks for it twice, and neighbours often have the same. */
function converter(kind: Kind, maker: Maker): (raw: unknown) => unknown {
  if (typeof kind === 'string' && kind !== 'instant') return (raw) => raw;
  let last: unknown = null;
  let shown: unknown = null;
  return (raw) => {
    if (raw !== last) {
      shown = maker.make(kind, raw);
      last = raw;
    }
    return shown;
  };
}

/** Whether some entries of a map could not be read: an expression that does not find them would take them for absent. */
function isHoled({ unreadable }: Raw, name: string): boolean {
  if (!isRaw(unreadable)) return false;
  const names = unreadable[name];
  return Array.isArray(names) && names.length > 0;
}

/** One error a field and kind, made once: 100,000 stack traces would cost more than the judgement. */
function failer(name: string): (why: unknown) => never {
  const errors = new Map<ReasonKind, UnknownFact>();
  return (why) => {
    const kind = [...PARTIAL_KINDS, ...QUIET_KINDS].find((one) => one === why) ?? 'not_collected';
    const error = errors.get(kind) ?? unknownField(name, kind);
    errors.set(kind, error);
    throw error;
  };
}

function toInstant(raw: unknown): unknown {
  return typeof raw === 'string' ? new Date(raw) : raw;
}

function listOf(raw: object): readonly unknown[] {
  return Array.isArray(raw) ? raw : [];
}

function isRaw(value: unknown): value is Raw {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

import { PARTIAL_KINDS, QUIET_KINDS, type ReasonKind } from '../../model/reason.ts';
import type { Field, Kind, Raw, Shape } from './shapes.ts';
import { type UnknownFact, unknownField } from './unknown-fact.ts';

/** Objects of sections in the form that expressions read: fields that were not seen throw instead of having a value. */
export interface Views {
  /** A stored value as an expression sees it. Lists and maps are made once for all rules that read them. */
  wrap(kind: Kind, raw: unknown): unknown;
  /** One view for each of a list, made once for all rules that judge it. */
  wrapAll(shape: Shape, raws: readonly Raw[]): readonly View[];
  /** The class of the views of a shape. */
  classOf(shape: Shape): ViewClass;
}

/** An object that shows the fields of a shape. What begins with a dollar sign no expression can name. */
export interface View {
  readonly $raw: Raw;
  /** Lets go of lists and maps that were made for it: of 100,000 members, those of one at a time are enough. */
  $release(): void;
  /** What a field, which is a map of objects, has under a name; undefined when it has nothing. The map itself is not made for that. */
  $entry(field: string, name: string): unknown;
}

/** A class whose objects show the fields of a shape. */
export type ViewClass = new (raw: Raw) => View;

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
  const lists = new WeakMap<readonly Raw[], { readonly shape: Shape; readonly views: readonly View[] }>();
  return {
    classOf: (shape) => maker.classOf(shape),
    // What is inside is kept by the view that it was asked of: of 100,000 members, it goes with its member.
    wrap: (kind, raw) =>
      typeof raw === 'object' && raw !== null ? once(raw, () => maker.make(kind, raw)) : maker.make(kind, raw),
    wrapAll(shape, raws) {
      const known = lists.get(raws);
      if (known?.shape === shape) return known.views;
      const ShapeView = maker.classOf(shape);
      const views = raws.map((raw) => new ShapeView(raw));
      lists.set(raws, { shape, views });
      return views;
    },
  };
}

/** Makes views, anew each time. */
interface Maker {
  make(kind: Kind, raw: unknown): unknown;
  classOf(shape: Shape): ViewClass;
}

function createClass(shape: Shape, maker: Maker): ViewClass {
  const fields = Object.entries(shape.fields);
  const instants = fields.filter(([, { kind }]) => kind === 'instant').length;
  const made = fields.filter(([, { kind }]) => typeof kind !== 'string').length;
  class ShapeView implements View {
    readonly $raw: Raw;
    $instants: unknown[] | null = null;
    $made: unknown[] | null = null;

    constructor(raw: Raw) {
      this.$raw = raw;
    }

    $release(): void {
      this.$made = null;
    }

    $entry(field: string, name: string): unknown {
      return entries.get(field)?.(this.$raw, name);
    }
  }
  const entries = new Map(fields.flatMap(([name, field]) => entryReaderOf(name, field, maker)));
  const places = { instant: 0, made: 0 };
  for (const [name, field] of fields) {
    const read = reader(name, field, converter(field.kind, maker));
    const place = field.kind === 'instant' ? places.instant++ : typeof field.kind === 'string' ? 0 : places.made++;
    Object.defineProperty(ShapeView.prototype, name, {
      get:
        field.kind === 'instant'
          ? // Few in number and slow to read: every rule about sign-ins asks for them.
            function (this: ShapeView) {
              this.$instants ??= Array<unknown>(instants);
              this.$instants[place] ??= read(this.$raw);
              return this.$instants[place];
            }
          : typeof field.kind === 'string'
            ? function (this: ShapeView) {
                return read(this.$raw);
              }
            : // Lists and maps: an expression often asks whether something is there before it reads it.
              function (this: ShapeView) {
                this.$made ??= Array<unknown>(made);
                this.$made[place] ??= read(this.$raw);
                return this.$made[place];
              },
    });
  }
  return ShapeView;
}

/** How one entry of a field that is a map of objects is read; nothing for other fields. */
function entryReaderOf(name: string, field: Field, maker: Maker): readonly (readonly [string, EntryReader])[] {
  const { kind } = field;
  if (typeof kind === 'string' || !('map' in kind) || typeof kind.map === 'string' || !('shape' in kind.map)) return [];
  const { shape } = kind.map;
  const readMap = reader(name, field, (map) => map);
  return [
    [
      name,
      (raw, key) => {
        const map = readMap(raw);
        const value = isRaw(map) && Object.hasOwn(map, key) ? map[key] : undefined;
        return isRaw(value) ? new (maker.classOf(shape))(value) : value;
      },
    ],
  ];
}

type EntryReader = (raw: Raw, name: string) => unknown;

/** How a field is read. `show` makes of the stored value what expressions see. */
function reader(name: string, field: Field, show: (value: unknown) => unknown): (raw: Raw) => unknown {
  const { compute } = field;
  const fail = failer(name);
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

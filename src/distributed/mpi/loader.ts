/**
 * The system's dynamic loader, because `Deno.dlopen` neither shares a library's symbols with the plugins that the
 * library loads, nor gives the address of a variable.
 *
 * @module
 */

interface System {
  /** The library that has dlopen. */
  readonly library: string;
  /** RTLD_NOW. */
  readonly now: number;
  /** RTLD_GLOBAL. */
  readonly global: number;
}

const SYSTEMS: Readonly<Record<string, System>> = {
  linux: { library: "libc.so.6", now: 0x2, global: 0x100 },
  darwin: { library: "libSystem.B.dylib", now: 0x2, global: 0x8 },
};

/** A library that is loaded. */
export interface Loaded {
  readonly file: string;
  /** Returns the address of an exported symbol, or undefined if no symbol has this name. */
  address(symbol: string): bigint | undefined;
  /** Shares its symbols with libraries that are loaded from now on. */
  share(): void;
  close(): void;
}

/** Loads libraries by file name or soname. */
export interface Loader {
  /** Returns the library, or why it cannot be loaded. */
  load(file: string): Loaded | string;
}

/** Returns this system's loader, or undefined if it has none that is known here. */
export function openLoader(): Loader | undefined {
  const system = SYSTEMS[Deno.build.os];
  if (system === undefined) return undefined;
  const { symbols } = Deno.dlopen(system.library, {
    dlopen: { parameters: ["buffer", "i32"], result: "usize" },
    dlsym: { parameters: ["usize", "buffer"], result: "usize" },
    dlclose: { parameters: ["usize"], result: "i32" },
    dlerror: { parameters: [], result: "pointer" },
  });
  return {
    load(file) {
      const handle = symbols.dlopen(cString(file), system.now);
      if (handle === 0n) {
        const reason = symbols.dlerror();
        return reason === null
          ? "the loader gives no reason"
          : Deno.UnsafePointerView.getCString(reason);
      }
      return {
        file,
        address: (symbol) => symbols.dlsym(handle, cString(symbol)) || undefined,
        share: () => void symbols.dlopen(cString(file), system.now | system.global),
        close: () => void symbols.dlclose(handle),
      };
    },
  };
}

function cString(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`${text}\0`);
}

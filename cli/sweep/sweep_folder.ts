/**
 * The folder of a sweep, which holds those of its runs.
 *
 * @module
 */
import { lstat, readFile } from "node:fs/promises";
import { isMissing, writeFileAtomically } from "@matryoshka/sae/files";
import { makeFolder } from "../files/folders.ts";
import { RUN_FILES } from "../files/run_folder.ts";
import { describeError } from "../terminal/failure.ts";
import { jsonText } from "../terminal/json.ts";

/** The name of the list of runs in the folder of a sweep. */
export const SWEEP_RECORD = "sweep.json";

/** A run in the list. */
export interface ListedRun {
  readonly name: string;
  /** The name of its folder, in that of the sweep. */
  readonly folder: string;
  /** Whether its loss was not finite, so that it cannot be continued. */
  readonly failed?: true;
}

/** The list of the runs of a sweep, kept in its folder. */
export class SweepFolder {
  #runs: readonly ListedRun[];

  private constructor(
    readonly path: string,
    /** Whether the sweep in it is continued. */
    readonly isContinued: boolean,
    /** Whether other runs in it are replaced. */
    readonly isReplaced: boolean,
    runs: readonly ListedRun[],
  ) {
    this.#runs = runs;
  }

  /**
   * Finds the folder. Nothing is written to it before {@linkcode SweepFolder.list}.
   *
   * @throws {Error} if it holds a run of `train`, or holds a sweep that is neither continued nor replaced, or holds
   * none that could be continued.
   */
  static async find(path: string, { resume, force }: FolderOptions): Promise<SweepFolder> {
    const listed = await listedRuns(path);
    if (resume && listed === undefined) {
      throw new Error(`Cannot resume the sweep in ${path}: it holds no ${SWEEP_RECORD}`);
    }
    if (listed !== undefined && !resume && !force) {
      throw new Error(
        `Cannot write a sweep to ${path}: it holds ${SWEEP_RECORD} already; --resume continues ` +
          "that sweep, --force replaces it",
      );
    }
    for (const name of [RUN_FILES.record, RUN_FILES.checkpoints]) {
      if (!await exists(`${path}/${name}`)) continue;
      throw new Error(`Cannot write a sweep to ${path}: it holds ${name} of a single run`);
    }
    return new SweepFolder(path, resume, force, resume ? listed ?? [] : []);
  }

  /** The runs, as listed. */
  get runs(): readonly ListedRun[] {
    return this.#runs;
  }

  /**
   * Throws if one of the folders of runs is in use, unless they are replaced.
   *
   * @throws {Error} naming the folder.
   */
  async checkFree(names: readonly string[]): Promise<void> {
    if (this.isReplaced) return;
    for (const name of names) {
      for (const file of [RUN_FILES.sae, RUN_FILES.record, RUN_FILES.checkpoints]) {
        const path = `${this.path}/${name}`;
        if (!await exists(`${path}/${file}`)) continue;
        throw new Error(
          `Cannot write a run to ${path}: it holds ${file} already; --force replaces it`,
        );
      }
    }
  }

  /** Lists the runs of the sweep, and makes the folder if need be. Runs that are listed already stay as they are. */
  async list(names: readonly string[]): Promise<void> {
    const listed = new Map(this.#runs.map((each) => [each.name, each]));
    for (const name of names) listed.set(name, listed.get(name) ?? { name, folder: name });
    this.#runs = [...listed.values()];
    try {
      await makeFolder(this.path);
    } catch (cause) {
      throw new Error(`Cannot write a sweep to ${this.path}: ${describeError(cause)}`, { cause });
    }
    await this.#write();
  }

  /** Changes what is listed of a run. */
  async change(name: string, changes: Partial<ListedRun>): Promise<void> {
    this.#runs = this.#runs.map((each) => each.name === name ? { ...each, ...changes } : each);
    await this.#write();
  }

  async #write(): Promise<void> {
    const text = jsonText({ runs: this.#runs }) + "\n";
    await writeFileAtomically(`${this.path}/${SWEEP_RECORD}`, new TextEncoder().encode(text));
  }
}

/** Whether a sweep in the folder is continued or replaced. */
interface FolderOptions {
  readonly resume: boolean;
  readonly force: boolean;
}

/**
 * Reads the list of runs in a folder; undefined if it holds none.
 *
 * @throws {TypeError} if it cannot be read.
 */
export async function listedRuns(path: string): Promise<readonly ListedRun[] | undefined> {
  const name = `${path}/${SWEEP_RECORD}`;
  try {
    const { runs } = JSON.parse(await readFile(name, "utf8"));
    if (Array.isArray(runs) && runs.every(isListed)) return runs;
    throw new TypeError("it must list runs with their names and folders");
  } catch (cause) {
    // That the folder itself is a file is found when it is made or read.
    if (isMissing(cause) || (cause as { code?: unknown }).code === "ENOTDIR") return undefined;
    throw new TypeError(`Cannot read ${name}: ${describeError(cause)}`, { cause });
  }
}

const isListed = (value: unknown): boolean => {
  const { name, folder } = (value ?? {}) as Partial<ListedRun>;
  // The folders of runs lie in that of the sweep.
  return typeof name === "string" && typeof folder === "string" && !/[/\\]|^\.*$/.test(folder);
};

const exists = (path: string): Promise<boolean> => lstat(path).then(() => true, () => false);

/** Returns the folders of the runs that were written. */
export async function writtenRuns({ path, runs }: SweepFolder): Promise<string[]> {
  const folders = runs.map(({ folder }) => `${path}/${folder}`);
  const written = await Promise.all(
    folders.map((folder) => exists(`${folder}/${RUN_FILES.record}`)),
  );
  return folders.filter((_, i) => written[i]);
}

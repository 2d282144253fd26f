import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { inFolder, runCli, trainArgs, writeNpy, writeSafetensors } from "./run_cli.ts";
import { runHere } from "./run_here.ts";

Deno.test("--help of each command names its options and gives examples", async () => {
  for (
    const [command, option] of [
      ["demo", "--steps"],
      ["train", "--target-l0"],
      ["sweep", "--latents <list>"],
      ["compare", "--out"],
      ["eval", "--sae"],
      ["inspect", "--activations"],
      ["convert", "--to"],
      ["encode", "--out"],
      ["explore", "--token-data"],
    ]
  ) {
    const { code, stdout } = await runCli([command, "--help"]);
    assertEquals(code, 0);
    assertStringIncludes(stdout, option);
    assertStringIncludes(stdout, `Examples:`);
    assertStringIncludes(stdout, `deno task ${command}`);
  }
});

Deno.test("the command line accepts the commands in README and docs", async () => {
  const root = new URL("../../", import.meta.url);
  const docs = [...Deno.readDirSync(new URL("docs/", root))]
    .filter(({ name }) => name.endsWith(".md"))
    .map(({ name }) => `docs/${name}`);
  let count = 0;
  for (const page of ["README.md", ...docs]) {
    const text = (await Deno.readTextFile(new URL(page, root))).replaceAll(/ \\\n +/g, " ");
    const commands = text.matchAll(
      /^ {4}.*?deno(?:@\S+)? task ((?:train|sweep|compare|eval|inspect|explore|convert|encode) [^#\n]+)/gm,
    );
    for (const [line, args] of commands) {
      // A test process cannot join an MPI job.
      const given = args.trim().split(/ +/).filter((arg) => arg !== "--mpi");
      const { code, stderr } = await runHere(given);
      // The files are not there: no usage error comes before that.
      assertEquals(code, 1, `${page}: ${line}\n${stderr}`);
      assertMatch(stderr, /no such file|Cannot resume the (?:run|sweep)/, `${page}: ${line}`);
      count++;
    }
  }
  assert(count >= 10, `${count}`);
});

Deno.test("--version prints the package's version", async () => {
  const { version } = JSON.parse(
    await Deno.readTextFile(new URL("../../deno.json", import.meta.url)),
  );
  assertEquals(await runCli(["--version"]), { code: 0, stdout: `${version}\n`, stderr: "" });
});

Deno.test("wrong usage exits with 2 and says what is wrong", async (t) => {
  await inFolder(async (folder) => {
    const data = await writeNpy(`${folder}/a.npy`, 300, 1);
    const train = (...more: string[]) => trainArgs([data], `${folder}/run`, ...more);
    const cases: [string[], string][] = [
      [[], "Usage:"],
      [["fly"], "unknown command 'fly'"],
      [["demo", "--stepz", "3"], "unknown option '--stepz'"],
      [
        ["demo", "--steps", "1.5"],
        'Cannot use --steps "1.5": it must be a whole number of at least 1',
      ],
      [["demo", "--seed", "-1"], 'Cannot use --seed "-1"'],
      [["demo", "--backend", "abacus"], 'Cannot use --backend abacus: "abacus" is unknown'],
      [
        ["demo", "--threads", "0"],
        'Cannot use --threads "0": it must be a whole number of at least 1',
      ],
      [["demo", "--threads", "all"], 'Cannot use --threads "all"'],
      [["demo", "--threads", "9999"], "Cannot use --backend wasm --threads 9999: threads must be"],
      [
        ["demo", "--backend", "reference", "--threads", "2"],
        'Cannot use --backend reference --threads 2: "reference" has no option "threads"',
      ],
      [
        [
          "train",
          "--data",
          data,
          "--latents",
          "24",
          "--prefixes",
          "2",
          "--steps",
          "5",
          "--out",
          "x",
        ]
          .concat("--sparsity-rate", "0.01"),
        "Cannot use --sparsity-rate 0.01: it steers λ to --target-l0, which is missing",
      ],
      [["train", "--data", data], "required option '--steps <count>'"],
      [
        ["train", "--data", data, "--steps", "3", "--prefixes", "4", "--out", `${folder}/run`],
        "Cannot train: --latents is missing; only --init makes up for it",
      ],
      [
        train("--force-failed"),
        "Cannot use --force-failed: it needs --force or --resume",
      ],
      [train("--hook", " "), 'Cannot use --hook " ": it must be a name'],
      [["eval", "--data", data], "sae is missing, as an argument or with --sae"],
      [["eval", data, data, "--sae", data], "was given, too"],
      [["eval", data], "data is missing, as an argument or with --data"],
      [["inspect"], "missing required argument 'sae'"],
      [["explore", data, "--data", data], "required option '--out <folder>'"],
      [["explore", data, "--out", "x"], "required option '--data <file...>'"],
      [["encode", data, data], "required option '--out <file>'"],
      [["convert", data, data], "required option '--to <format>'"],
      [train("--steps", "0"), 'Cannot use --steps "0"'],
      [train("--learning-rate", "fast"), 'Cannot use --learning-rate "fast"'],
      [train("--prefixes", "4,x"), 'Cannot use --prefixes "4,x"'],
      [
        train("--screening", "yes"),
        'Cannot use --screening "yes": it must be one of auto, on, off',
      ],
      [train("--prefixes", "4,12"), "--prefixes must end at --latents 24 but end at 12"],
      [train("--prefixes", "40"), "--prefixes 40 needs 39 distinct lengths below --latents 24"],
      [train("--rows", "5"), 'Cannot use --rows "5": it must be A:B'],
      [train("--rows", "5:5"), "Cannot use --rows 5:5: the range holds no rows"],
      [train("--eval-rows", "5:500"), "Cannot use --eval-rows 5:500: the data has 300 rows"],
      [train("--batch", "301"), "Cannot use --batch 301: there are 300 rows to train on"],
      [train("--preset", "mine"), "one of matryoshkaBatchTopK, default, authorCode"],
      [train("--activation", "topk"), "Cannot use --activation topk: it needs --k"],
      [train("--k", "3"), "Cannot use --k 3: --activation must be topk or batchtopk but is relu"],
      [train("--activation", "topk", "--k", "25"), "--k 25 exceeds --latents 24"],
      [
        train("--activation", "topk", "--k", "3"),
        "--k 3 cannot be combined with --target-l0 2: each says how many latents are active",
      ],
      [
        train("--penalty-coefficient", "1", "--activation", "topk", "--k", "2"),
        "Cannot use --penalty-coefficient 1: --penalty must be one of log, l1, tanh, l0, targetL0 but is none",
      ],
      [
        train("--threshold", "0.1"),
        "Cannot use --threshold 0.1: --activation must be jumprelu but is relu",
      ],
      [
        train("--activation", "jumprelu", "--bandwidth", "0"),
        "--bandwidth must be positive but is 0",
      ],
      [
        train("--bandwidth", "0.1"),
        '--bandwidth needs activation "jumprelu" but it is "relu"',
      ],
      [
        train("--preset", "dictionaryJumpReLU", "--k", "2"),
        "--activation must be topk or batchtopk but is jumprelu in --preset dictionaryJumpReLU",
      ],
      [train("--target-l0", "25"), "--target-l0 must be from 0 to 24 but is 25"],
      [train("--preset", "authorCode", "--target-l0", "25"), "--target-l0 must be from 0 to 24"],
    ];
    for (const [args, message] of cases) {
      await t.step(message, async () => {
        const { code, stdout, stderr } = await runCli(args);
        assertEquals([code, stdout], [2, ""], stderr);
        assertStringIncludes(stderr, message);
      });
    }
    assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name), ["a.npy"]);
  });
});

Deno.test("a failure exits with 1, says why, and shows a stack only with DEBUG", () =>
  inFolder(async (folder) => {
    const missing = await runCli(trainArgs([`${folder}/no.npy`], `${folder}/run`));
    assertEquals([missing.code, missing.stdout], [1, ""]);
    assertMatch(missing.stderr, /^Cannot open .*no\.npy: no such file.*\n$/);

    const cut = await writeSafetensors(`${folder}/cut.safetensors`, 300, 1);
    await Deno.truncate(cut, 5000);
    const truncated = await runCli(trainArgs([cut], `${folder}/run`), { env: { DEBUG: "1" } });
    assertEquals(truncated.code, 1);
    assertMatch(truncated.stderr, /Cannot read .*cut\.safetensors: .* 5000 bytes\n +at /);
  }));

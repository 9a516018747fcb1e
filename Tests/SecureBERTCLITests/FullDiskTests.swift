import HubTestSupport
import TestSupport
import Testing

/// A disk without room: a small file system in memory, mounted in a namespace of its own that goes with the script.
@Suite(.enabled(if: canMount, "only a process that may mount a tmpfs, as root may, can have a disk this small"))
struct FullDiskTests {
    let runner: CommandLineRunner
    init() throws { runner = try CommandLineRunner() }

    /// Runs a script with `$DISK`, a folder with room for `size`.
    private func run(
        size: String, _ script: String, environment: [String: String] = [:]
    ) throws -> CommandLineRunner.Result {
        try runner.write("script.sh", script)
        return try runner.shell(
            """
            mkdir -p "$DIR/disk"
            DISK="$DIR/disk" unshare -m bash -c 'mount -t tmpfs -o size=\(size) tmpfs "$DISK" && . "$DIR/script.sh"'
            """, environment: environment)
    }

    @Test func encodeLeavesNoPartOfAFile() throws {
        try runner.write("in.jsonl", String(repeating: #"{"text":"the loader"}"# + "\n", count: 1000))
        let result = try run(
            size: "256k",
            """
            "$SECUREBERT" encode --model "$MODEL" --input "$DIR/in.jsonl" --output "$DISK/o.safetensors"; echo "status $?"
            ls -A "$DISK"
            printf before > "$DISK/o.safetensors"
            "$SECUREBERT" encode --model "$MODEL" --input "$DIR/in.jsonl" --output "$DISK/o.safetensors"; echo "status $?"
            ls -A "$DISK"; cat "$DISK/o.safetensors"
            """, environment: ["MODEL": Fixtures.model("bert-mlm")])
        #expect(result.output == "status 3\nstatus 3\no.safetensors\nbefore", "\(result.errors)")
        let complaints = result.errors.split(separator: "\n")
        #expect(
            complaints.allSatisfy {
                $0.contains("o.safetensors: cannot be written: No space left on device; free some")
            })
        #expect(complaints.count == 2)
    }

    @Test func aLockIsWrittenWholeOrNotAtAll() throws {
        let result = try run(
            size: "1m",
            """
            cp -r "$MODEL" "$DISK/model"
            dd if=/dev/zero of="$DISK/rest" bs=4k 2> /dev/null
            "$SECUREBERT" inspect --model "$DISK/model" --write-lock > /dev/null; echo "status $?"
            rm "$DISK/rest"
            ls -A "$DISK/model" | grep -e lock -e partial
            "$SECUREBERT" inspect --model "$DISK/model" --write-lock > /dev/null; echo "status $?"
            ls -A "$DISK/model" | grep -e lock -e partial
            """, environment: ["MODEL": Fixtures.model("bert-mlm")])
        #expect(result.output == "status 3\nstatus 0\nmodels.lock\n", "\(result.errors)")
        #expect(result.errors.contains("models.lock: cannot be written: No space left on device"))
    }

    @Test func resultsThatDoNotFitAreNoSuccess() throws {
        try runner.write("in.txt", String(repeating: "the loader\n", count: 20_000))
        let result = try run(
            size: "64k",
            #""$SECUREBERT" tokenize --jsonl --model "$MODEL" "$DIR/in.txt" > "$DISK/out.jsonl"; echo "status $?""#,
            environment: ["MODEL": Fixtures.model("bert-mlm")])
        #expect(result.output == "status 3\n")
        #expect(result.errors.contains("the standard output cannot be written: No space left on device"))
    }

    /// Whatever fills the disk, nothing half-written stays, and with more room the same command works.
    @Test func corporaAndVocabulariesAreWrittenWholeOrNotAtAll() throws {
        var random = SeededGenerator(seed: 4)
        let words = ["loader", "server", "kernel", "registry", "beacon", "tunnel", "domain", "payload", "victim"]
        let documents = (0..<400).map { number in
            let text = (0..<40).map { _ in
                "The \(words.randomElement(using: &random) ?? "") of the \(words.randomElement(using: &random) ?? "") was used."
            }.joined(separator: " ")
            return #"{"id": "d\#(number)", "text": "\#(text)"}"#
        }
        try runner.write("in.jsonl", documents.joined(separator: "\n") + "\n")
        try runner.write("texts.jsonl", CommandLineRunner.read("\(Fixtures.path)/training/texts.jsonl"))
        try runner.write(
            "recipe.toml",
            "name = \"t\"\n[[sources]]\nname = \"s\"\nlicense = \"MIT\"\npath = \"in.jsonl\"\nreader = \"jsonl\"\n")
        let result = try run(
            size: "320k",
            """
            build() { "$SECUREBERT" corpus build --recipe "$DIR/recipe.toml" --output "$DISK/corpus" > /dev/null; }
            train() { "$SECUREBERT" tokenizer train --input "$DIR/texts.jsonl" --vocab-size 600 --output "$DISK/v" > /dev/null; }
            adapt() {
                "$SECUREBERT" tokenizer adapt -m "$MODEL" --input "$DIR/texts.jsonl" --output "$DISK/new" > /dev/null
            }
            show() { echo "status $?"; find "$DISK" -name '*.partial*' -o -name corpus.json -o -size 0 -type f; }
            build; show
            rm -r "$DISK"/*  "$DISK"/corpus 2> /dev/null
            head -c 312k /dev/zero > "$DISK/rest"
            train; show
            adapt; show
            ls "$DISK"
            rm -r "$DISK/rest"
            mount -o remount,size=64m "$DISK"
            build; show
            train; show
            adapt; show
            """, environment: ["MODEL": Fixtures.model("modernbert-mlm-new")])
        let disk = runner.folder + "/disk"
        #expect(
            result.output.replacing(disk, with: "DISK")
                == """
                status 3
                status 3
                status 3
                rest
                v
                status 0
                DISK/corpus/corpus.json
                status 0
                DISK/corpus/corpus.json
                status 0
                DISK/corpus/corpus.json

                """, "\(result.errors)")
        let complaints = result.errors.split(separator: "\n").filter { $0.contains("No space left on device") }
        #expect(complaints.count == 3, "\(result.errors)")
    }

    @Test func pullSaysHowMuchRoomIsMissing() async throws {
        try await withHub(FakeHub()) { hub in
            let result = try run(
                size: "128k",
                """
                "$SECUREBERT" pull org/tiny; echo "status $?"
                find "$DISK" -type f
                """, environment: ["HF_ENDPOINT": hub.hub.address, "HF_HOME": runner.folder + "/disk"])
            #expect(result.output == "status 3\n")
            #expect(result.errors.contains("more bytes and its disk has"), "\(result.errors)")
            #expect(hub.contents.requests.isEmpty)
        }
    }
}

let canMount: Bool = {
    let runner = try? CommandLineRunner()
    let result = try? runner?.shell(#"unshare -m mount -t tmpfs -o size=64k tmpfs "$DIR" 2> /dev/null"#)
    return result?.status == 0
}()

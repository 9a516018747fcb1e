import TestSupport
import Testing

/// A disk that is full when a training saves: what was saved before stays, what was begun goes, and with more room the same
/// command goes on.
@Suite(.enabled(if: canMount, "only a process that may mount a tmpfs, as root may, can have a disk this small"))
struct FullDiskTrainingTests {
    let runner: CommandLineRunner
    init() throws { runner = try CommandLineRunner() }

    /// Runs a script with `$DISK`, a folder with room for `size`.
    private func run(size: String, _ script: String) throws -> CommandLineRunner.Result {
        try runner.write("script.sh", script)
        return try runner.shell(
            """
            mkdir -p "$DIR/disk"
            DISK="$DIR/disk" unshare -m bash -c 'mount -t tmpfs -o size=\(size) tmpfs "$DISK" && . "$DIR/script.sh"'
            """)
    }

    /// The room left is for half a checkpoint.
    @Test func pretrainingKeepsItsCheckpoints() throws {
        try PretrainTests.prepare(runner)
        let result = try run(
            size: "64m",
            """
            train() { "$SECUREBERT" pretrain \(PretrainTests.arguments) --output "$1" "${@:2}"; echo "status $?"; }
            state() { (cd "$DISK/run" && ls checkpoints && ls -A . checkpoints | grep -c partial); }
            train "$DIR/whole" --steps 40
            train "$DISK/run" --steps 20
            dd if=/dev/zero of="$DISK/rest" bs=4k 2> /dev/null
            half=$(($(du -k -d 0 "$DISK/run/checkpoints/step-00000020" | cut -f 1) / 2))
            truncate -s -${half}K "$DISK/rest"
            train "$DISK/run" --steps 20
            state
            rm "$DISK/rest"
            train "$DISK/run" --steps 20
            state
            cmp "$DIR"/{whole,disk/run}/checkpoints/step-00000040/model/model.safetensors && echo same
            """)
        #expect(
            result.output == """
                status 0
                status 0
                status 3
                step-00000014
                step-00000020
                0
                status 0
                step-00000035
                step-00000040
                0
                same

                """, "\(result.errors)")
        #expect(
            result.errors.contains("cannot be written: No space left on device; free some space"), "\(result.errors)")
        #expect(result.errors.split(separator: "\n").count == 1, "\(result.errors)")
    }

    @Test func finetuningLeavesNothingHalfWritten() throws {
        let texts = (0..<12).map { #"{"text": "\#($0 % 2 == 0 ? "worm" : "mail") \#($0)", "label": "\#($0 % 2)"}"# }
        try runner.write("train.jsonl", texts.joined(separator: "\n"))
        try runner.write("valid.jsonl", #"{"text": "worm", "label": "0"}"# + "\n" + #"{"text": "mail", "label": "1"}"#)
        try runner.write(
            "recipe.toml",
            """
            from = "\(Fixtures.model("modernbert-mlm-new"))"
            epochs = 2
            batch-size = 4
            maximum-length = 48
            [optimizer]
            learning-rate = 1e-3
            [checkpoint]
            every = 2
            """)
        let result = try run(
            size: "256k",
            """
            train() {
                "$SECUREBERT" finetune classify -q --recipe "$DIR/recipe.toml" --train "$DIR/train.jsonl" \\
                    --valid "$DIR/valid.jsonl" -o "$DISK/run"
                echo "status $?"
                find "$DISK" -name '*.partial*'
            }
            train
            mount -o remount,size=64m "$DISK"
            train
            ls "$DISK/run/model/model.safetensors" > /dev/null && echo there
            """)
        #expect(result.output == "status 3\nstatus 0\nthere\n", "\(result.output) \(result.errors)")
        #expect(
            result.errors.contains("cannot be written: No space left on device; free some space"), "\(result.errors)")
        #expect(result.errors.split(separator: "\n").count == 1, "\(result.errors)")
    }
}

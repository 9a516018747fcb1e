/// Names of folders and of registry keys that have spaces and often end a path.
enum SpacedNames {
    /// Where a known name ends that begins at a position; nil when none does, or a longer word.
    static func end(at start: Int, in text: RefangedText) -> Int? {
        for name in names where text.matches(name, at: start) {
            let end = start + name.utf8CodeUnitCount
            if !text.isWord(at: end) { return end }
        }
        return nil
    }

    /// In lower case; a name before those it begins with.
    private static let names: [StaticString] = [
        "program files (x86)", "program files", "documents and settings", "all users", "default user", "start menu",
        "local settings", "application data", "application support", "common files", "system volume information",
        "windows nt", "windows defender", "windows script host", "windows messaging subsystem", "internet explorer",
        "internet settings", "image file execution options", "control panel", "user shell folders", "shell folders",
        "active setup", "installed components", "session manager", "memory management", "terminal server",
        "security center", "notification packages", "security packages", "authentication packages", "print processors",
        "browser helper objects", "command processor", "current version",
    ]
}

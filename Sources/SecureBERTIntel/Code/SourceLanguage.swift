/// A programming language whose functions ``SourceFunctions`` finds.
public enum SourceLanguage: String, Sendable, CaseIterable {
    /// C.
    case c
    /// C++.
    case cpp
    /// Java.
    case java
    /// Python.
    case python
    /// JavaScript, with or without JSX.
    case javascript
    /// TypeScript, with or without JSX.
    case typescript
    /// Go.
    case go
    /// PHP.
    case php

    /// What people call it.
    public var name: String {
        switch self {
        case .c: "C"
        case .cpp: "C++"
        case .java: "Java"
        case .python: "Python"
        case .javascript: "JavaScript"
        case .typescript: "TypeScript"
        case .go: "Go"
        case .php: "PHP"
        }
    }

    /// The language of a file by the ending of its name; nil for none of these. Headers of C++ may end with `.h` as those of C do:
    /// ``SourceFunctions`` reads both in the same way.
    public init?(path: String) {
        guard let dot = path.utf8.lastIndex(of: UInt8(ascii: ".")) else { return nil }
        let ending = path[path.index(after: dot)...]
        guard ending.utf8.count <= 6, let language = Self.endings[ending.lowercased()] else { return nil }
        self = language
    }

    /// Endings of file names, in lower case and without the dot.
    public static let endings: [String: SourceLanguage] = [
        "c": .c, "h": .c,
        "cc": .cpp, "cpp": .cpp, "cxx": .cpp, "c++": .cpp, "hh": .cpp, "hpp": .cpp, "hxx": .cpp, "h++": .cpp,
        "ipp": .cpp, "inl": .cpp, "tcc": .cpp, "tpp": .cpp,
        "java": .java,
        "py": .python, "pyw": .python, "pyi": .python,
        "js": .javascript, "mjs": .javascript, "cjs": .javascript, "jsx": .javascript,
        "ts": .typescript, "mts": .typescript, "cts": .typescript, "tsx": .typescript,
        "go": .go,
        "php": .php, "php3": .php, "php4": .php, "php5": .php, "php7": .php, "phtml": .php,
    ]
}

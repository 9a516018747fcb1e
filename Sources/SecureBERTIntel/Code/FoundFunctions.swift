/// What the readers of the languages find in a file, by tokens.
struct FoundFunctions {
    struct Function {
        /// Nil for one that has none.
        var name: String?
        /// What the name stands behind where it is defined, such as `Parser` in `Parser::next`; may be empty.
        var qualifier = ""
        /// The first token, and the last.
        var start: Int
        var end: Int
    }

    /// A class, a namespace: what gives the functions in it a longer name.
    struct Container {
        var name: String
        var start: Int
        var end: Int
    }

    var functions: [Function] = []
    var containers: [Container] = []

    mutating func add(_ name: String?, qualifier: String = "", from start: Int, to end: Int) {
        functions.append(Function(name: name, qualifier: qualifier, start: start, end: max(start, end)))
    }

    mutating func addContainer(_ name: String, from start: Int, to end: Int) {
        if !name.isEmpty { containers.append(Container(name: name, start: start, end: end)) }
    }
}

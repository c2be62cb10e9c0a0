//! The header is written by hand, for people; here it is held to the code.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;
use std::path::Path;

use syn::{Expr, Fields, FnArg, Item, ItemEnum, ItemFn, ItemStruct, Lit, Pat, ReturnType, Type};

const FILES: [&str; 8] = [
    "src/abi/decoding.rs",
    "src/abi/machines.rs",
    "src/abi/making.rs",
    "src/abi/sending.rs",
    "src/abi/versions.rs",
    "src/error.rs",
    "src/held.rs",
    "src/decoder.rs",
];

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

fn items() -> Vec<Item> {
    let files = FILES.iter().chain(&["src/status.rs"]);
    files
        .flat_map(|path| syn::parse_file(&read(path)).unwrap().items)
        .collect()
}

/// The header without comments, each gap one space.
fn header() -> String {
    let header = read("include/msnp.h");
    let mut text = String::new();
    let mut rest = header.as_str();
    while let Some((before, comment)) = rest.split_once("/*") {
        text.push_str(before);
        rest = comment.split_once("*/").unwrap().1;
    }
    text.push_str(rest);
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A type of Rust as C has it, with the name behind it.
fn declared(of: &Type, name: &str) -> String {
    match of {
        Type::Ptr(pointer) => {
            let inner = declared(&pointer.elem, "");
            let inner = inner.trim();
            // `const` stands before what it is said of, or behind a pointer.
            let text = match (
                matches!(pointer.mutability, syn::PointerMutability::Mut(_)),
                inner.ends_with('*'),
            ) {
                (true, _) => format!("{inner} *"),
                (false, false) => format!("const {inner} *"),
                (false, true) => format!("{inner}const *"),
            };
            format!("{}{name}", text.replace("* *", "**"))
        }
        Type::Array(array) => {
            let Expr::Lit(len) = &array.len else {
                panic!("a length")
            };
            let Lit::Int(len) = &len.lit else {
                panic!("a number")
            };
            format!("{}[{len}]", declared(&array.elem, name))
        }
        Type::Path(path) => {
            let word = path.path.segments.last().unwrap().ident.to_string();
            let word = match word.as_str() {
                "c_char" => "char",
                "u8" => "uint8_t",
                "u16" => "uint16_t",
                "u32" => "uint32_t",
                "u64" => "uint64_t",
                "i32" => "int32_t",
                "i64" => "int64_t",
                "usize" => "size_t",
                "bool" => "bool",
                ours => &in_c(ours),
            };
            format!("{word} {name}")
        }
        _ => panic!("no type of C"),
    }
}

/// `OrderKind` is `msnp_order_kind`.
fn in_c(name: &str) -> String {
    let mut text = String::from("msnp");
    for letter in name.chars() {
        if letter.is_uppercase() {
            text.push('_');
        }
        text.extend(letter.to_lowercase());
    }
    text
}

fn prototype(function: &ItemFn) -> String {
    let parameters = function.sig.inputs.iter().map(|argument| {
        let FnArg::Typed(argument) = argument else {
            panic!("a parameter")
        };
        let Pat::Ident(name) = &*argument.pat else {
            panic!("a name")
        };
        declared(&argument.ty, &name.ident.to_string())
    });
    let parameters = parameters.collect::<Vec<_>>().join(", ");
    let parameters = if parameters.is_empty() {
        "void"
    } else {
        &parameters
    };
    let name = format!("{}({parameters});", function.sig.ident);
    match &function.sig.output {
        ReturnType::Default => format!("void {name}"),
        ReturnType::Type(_, of) => declared(of, &name),
    }
}

fn exported(item: &Item) -> Option<&ItemFn> {
    match item {
        Item::Fn(function) if function.sig.abi.is_some() => Some(function),
        _ => None,
    }
}

fn is_for_c(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|it| it.path().is_ident("repr"))
}

fn structure(of: &ItemStruct) -> String {
    let Fields::Named(fields) = &of.fields else {
        panic!("fields")
    };
    let fields = fields.named.iter().map(|field| {
        let name = field.ident.as_ref().unwrap().to_string();
        format!("{}; ", declared(&field.ty, &name))
    });
    let name = in_c(&of.ident.to_string());
    format!(
        "typedef struct {name} {{ {}}} {name};",
        fields.collect::<String>()
    )
}

fn enumeration(of: &ItemEnum) -> String {
    let name = in_c(&of.ident.to_string());
    // What becomes of a call is so frequent that its words stand alone.
    let prefix = match name.as_str() {
        "msnp_status" => "MSNP".to_owned(),
        "msnp_order_kind" => "MSNP_ORDER".to_owned(),
        name => name.to_uppercase(),
    };
    let variants = of.variants.iter().map(|variant| {
        let word = in_c(&variant.ident.to_string()).replacen("msnp", &prefix, 1);
        let (_, Expr::Lit(number)) = variant.discriminant.as_ref().unwrap() else {
            panic!("a number")
        };
        let Lit::Int(number) = &number.lit else {
            panic!("a number")
        };
        format!("{} = {number}", word.to_uppercase())
    });
    let variants = variants.collect::<Vec<_>>().join(", ");
    format!("typedef enum {name} {{ {variants} }} {name};")
}

#[test]
fn the_header_has_every_function_as_it_is_and_no_other() {
    let (header, items) = (header(), items());
    let functions: Vec<&ItemFn> = items.iter().filter_map(exported).collect();
    assert!(functions.len() > 15);
    for function in &functions {
        let prototype = prototype(function);
        assert!(header.contains(&prototype), "{prototype}");
    }
    assert_eq!(header.matches(");").count(), functions.len());
}

#[test]
fn the_header_has_every_value_as_it_is() {
    let (header, mut found) = (header(), 0);
    for item in items() {
        let text = match &item {
            Item::Struct(it) if is_for_c(&it.attrs) => structure(it),
            Item::Enum(it) if is_for_c(&it.attrs) => enumeration(it),
            _ => continue,
        };
        assert!(header.contains(&text), "{text}\n\n{header}");
        found += 1;
    }
    assert_eq!(
        header.matches("typedef struct").count() + header.matches("typedef enum").count(),
        // Two have no inside for C.
        found + 2
    );
}

#[test]
fn the_abi_version_is_the_same_on_both_sides() {
    let code = read("src/abi/versions.rs");
    let ours = code
        .lines()
        .find_map(|line| line.strip_prefix("const ABI: u32 = "));
    let ours = ours.unwrap().trim_end_matches(';');
    assert!(header().contains(&format!("#define MSNP_ABI_VERSION {ours} ")));
}

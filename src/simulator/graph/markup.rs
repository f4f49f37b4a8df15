//! Bodies: what Exchange stores and what it shows, HTML and text.
//!
//! Not an HTML parser: it turns the simulator's own bodies and simple client bodies around.

/// Wraps a text or fragment as the service stores it. Full documents are kept.
pub(crate) fn stored(content: &str, is_html: bool) -> String {
    if is_html && content.to_ascii_lowercase().contains("<html") {
        return content.to_owned();
    }
    if content.is_empty() {
        return String::new();
    }
    let inner = if is_html {
        content.to_owned()
    } else {
        escape(content)
            .replace("\r\n", "\n")
            .replace('\n', "<br>\r\n")
    };
    format!(
        "<html>\r\n<head>\r\n<meta http-equiv=\"Content-Type\" content=\"text/html; charset=utf-8\">\r\n</head>\r\n<body>\r\n{inner}\r\n</body>\r\n</html>\r\n"
    )
}

pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

/// The text of a body, line breaks kept.
pub(crate) fn text(html: &str) -> String {
    let mut out = String::new();
    let mut rest = html;
    while let Some(open) = rest.find('<') {
        out.push_str(
            &rest
                .get(..open)
                .unwrap_or_default()
                .replace(['\r', '\n'], ""),
        );
        let tag_start = rest.get(open + 1..).unwrap_or_default();
        let Some(close) = tag_start.find('>') else {
            break;
        };
        let tag = tag_start
            .get(..close)
            .unwrap_or_default()
            .to_ascii_lowercase();
        let name: String = tag
            .trim_start_matches('/')
            .chars()
            .take_while(char::is_ascii_alphanumeric)
            .collect();
        let is_break = matches!(name.as_str(), "br" | "hr")
            || (tag.starts_with('/') && matches!(name.as_str(), "p" | "div" | "tr" | "li"));
        if is_break {
            out.push_str("\r\n");
        }
        rest = tag_start.get(close + 1..).unwrap_or_default();
        if matches!(name.as_str(), "style" | "script") && !tag.starts_with('/') {
            let end = rest
                .to_ascii_lowercase()
                .find(&format!("</{name}"))
                .unwrap_or(rest.len());
            rest = rest.get(end..).unwrap_or_default();
        }
    }
    out.push_str(&rest.replace(['\r', '\n'], ""));
    unescape(out.trim())
}

/// The first 255 letters on one line.
pub(crate) fn preview(html: &str) -> String {
    text(html).chars().take(255).collect()
}

fn unescape(text: &str) -> String {
    text.replace("&nbsp;", " ")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&amp;", "&")
}

"""The acceptable use policy with which every tenant begins, until it publishes a text of its own."""

TITLE = "Acceptable use policy"
TEXT = """\
This policy applies to every phone, tablet and line that the company pays for.

Use it for your work. Private calls and messages are fine as long as they cost the company nothing extra.

Keep it safe. Use a screen lock, install updates, and don't lend it to anyone. Report a lost or stolen device on the \
same day.

Don't install apps from outside the official stores, and don't remove the company's settings.

Ask before you travel abroad. Roaming can be expensive, and your telecom team can add a travel pack first.

When you leave the company, or no longer need the line, return the device. The number stays with the company."""

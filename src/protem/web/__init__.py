"""The site: Today, and the pages that carry facts through the flow."""

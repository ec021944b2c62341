package org.patchbay.drills;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class ShellPageTest {

  @Test
  void blocksAreJoinedAndTheirCommandsCounted() {
    ShellPage page =
        ShellPage.of(
            """
            Text with `code`.

            ```sh
            one && two
            # not a command
            cat > file <<'EOF'
            three

            ```
            EOF
            ```

            ```
            no shell
            ```

            ```sh
            await() {
              four
            }
            await five
            ```
            """
                .lines()
                .toList());
    assertEquals(
        """
        one && two
        # not a command
        cat > file <<'EOF'
        three

        ```
        EOF
        await() {
          four
        }
        await five
        """,
        page.script());
    assertEquals(4, page.commands());
  }
}

/**
 * A platform that really runs, as its operator meets it: a process started by the command {@code
 * patchbay run} in a home folder of its own, and console commands over its control socket.
 *
 * <p>Nothing here knows the platform's classes. One drill at a time uses it, on its own thread.
 */
@NullMarked
package org.patchbay.drills.platform;

import org.jspecify.annotations.NullMarked;

/**
 * The demo, and the drills: whole runs against a platform in a process of its own.
 *
 * <p>{@link org.patchbay.drills.Main} is the only way in. A drill asserts by its own counts, taken
 * where frames begin and end, and not by the platform's word; it ends with nothing left behind.
 * Everything runs on the main thread.
 */
@NullMarked
package org.patchbay.drills;

import org.jspecify.annotations.NullMarked;

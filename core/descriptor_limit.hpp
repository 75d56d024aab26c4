// How many descriptors this process may hold. A shell's usual limit is 1,024, and a lab of a
// thousand nodes takes one for each at once.
#pragma once

namespace linkfab {

// Raises it as far as the process may, to 1,048,576 at most: some programs that it starts go
// through all that there could be. Where it cannot be raised it stays, and what it stops fails by
// itself.
void raise_descriptor_limit();

}  // namespace linkfab

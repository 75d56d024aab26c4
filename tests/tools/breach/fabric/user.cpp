#include "netem/heavy_by_way.hpp"
#include "netem/light.hpp"
